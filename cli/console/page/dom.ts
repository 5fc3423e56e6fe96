/** Texts of others go into the page as texts only: nothing here takes HTML. */

type Child = Node | string | undefined | false;

/** Attributes as HTML writes them; `true` is one without a value, `undefined` is none. */
type Attributes = Readonly<Record<string, string | true | undefined>>;

/** Makes an element. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) made.setAttribute(name, value === true ? '' : value);
  made.append(...children.filter((child) => child !== undefined && child !== false));
  return made;
}

/** @throws Error: the page has no such element */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}.`);
  return found;
}

/** Fills an element anew, and leaves it alone where nothing is new. Focus and scrolled tables stay where they were. */
export function fill(id: string, ...children: readonly Child[]): void {
  const [into, made] = [byId(id), el('div', {}, ...children)];
  into.removeAttribute('aria-busy');
  if (into.innerHTML === made.innerHTML) return;
  const focused = focusable(into).indexOf(document.activeElement as HTMLElement);
  const scrolled = [...into.querySelectorAll('.scroll')].map(({ scrollLeft }) => scrollLeft);
  into.replaceChildren(...made.childNodes);
  for (const [at, each] of into.querySelectorAll('.scroll').entries()) each.scrollLeft = scrolled[at] ?? 0;
  if (focused >= 0) focusable(into)[focused]?.focus({ preventScroll: true });
}

const focusable = (within: HTMLElement) => [
  ...within.querySelectorAll<HTMLElement>('a, button, input, select, textarea, [tabindex]'),
];

export const button = (label: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement => {
  const made = el('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', act);
  return made;
};

/** Columns of numbers are aligned to the right. */
export interface Column {
  readonly title: string;
  readonly isNumber?: true;
}

/** A table that scrolls by itself where it is too wide. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLElement {
  const classOf = (at: number) => (columns[at]?.isNumber ? 'number' : undefined);
  const head = columns.map(({ title }, at) => el('th', { scope: 'col', class: classOf(at) }, title));
  const lines = rows.map((cells) => {
    const [first = '', ...others] = cells;
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, first),
      ...others.map((cell, at) => el('td', { class: classOf(at + 1) }, cell)),
    );
  });
  return el(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    el('table', {}, el('caption', {}, caption), el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...lines)),
  );
}

/** Names and values, one below the other. What is undefined is left out. */
export const facts = (all: Readonly<Record<string, Node | string | undefined>>): HTMLElement =>
  el(
    'dl',
    { class: 'facts' },
    ...Object.entries(all).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [el('dt', {}, name), el('dd', {}, value)],
    ),
  );

/** A command that a person may take with them. */
export function commandLine(text: string): HTMLElement {
  const copy = button('Copy', () => {
    void navigator.clipboard.writeText(text).then(() => {
      copy.textContent = 'Copied';
    });
  });
  copy.setAttribute('aria-label', `Copy: ${text}`);
  return el('div', { class: 'command' }, el('code', {}, text), copy);
}

export const empty = (text: string): HTMLElement => el('p', { class: 'empty' }, text);
export const failed = (error: unknown): HTMLElement =>
  el('p', { class: 'failed', role: 'alert' }, error instanceof Error ? error.message : String(error));
