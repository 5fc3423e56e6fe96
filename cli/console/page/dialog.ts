import { button, byId, el, failed } from './dom.ts';

const dialog = () => byId('dialog') as HTMLDialogElement;

/** Which content the dialog waits for: what was opened before may come later. */
let awaited = 0;

/** Opens the dialog, and fills it when its content is there. Escape closes it, and focus goes back to where it was. */
export async function openDialog(title: string, content: () => Promise<readonly Node[]>): Promise<void> {
  awaited += 1;
  const own = awaited;
  const body = el('div', { class: 'dialog-body', 'aria-busy': 'true' }, el('p', { class: 'faint' }, 'Looking…'));
  const close = button('Close', () => dialog().close(), { class: 'close' });
  dialog().replaceChildren(el('div', { class: 'dialog-head' }, el('h2', { id: 'dialog-title' }, title), close), body);
  if (!dialog().open) dialog().showModal();
  const found = await content().catch((error: unknown) => [failed(error)]);
  if (own !== awaited) return;
  body.removeAttribute('aria-busy');
  body.replaceChildren(...found);
}
