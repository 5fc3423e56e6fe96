import type { RejectedObject } from '../rejected.ts';
import type { RepairPlan } from '../repairs.ts';
import { get, post } from './ask.ts';
import { openDialog } from './dialog.ts';
import { button, el, facts, failed } from './dom.ts';
import { count, moment } from './format.ts';

type Stored = RejectedObject['stored'];
type Ended = (ended: RepairPlan['end']) => void;

/** What somebody began to correct stays until the page goes. */
const drafts = new Map<string, string>();

/** Opens what was rejected: why, and what to do about it. @in changed: called when something was sent */
export const showObject = (name: string, title: string, changed: () => Promise<void>): Promise<void> =>
  openDialog(title, async () => {
    const opened = await get<RejectedObject>('/api/rejected/object', { name });
    const { stored } = opened;
    return [
      facts({ Object: name, Resent: stored.resent && `${stored.resent.state}, ${moment(stored.resent.at)}` }),
      ...(stored.kind === 'rows' ? rowParts(stored, opened.leftOut) : messageParts(stored, opened.leftOut)),
      repairForm(opened, () => void changed()),
    ];
  });

type StoredRows = Stored & { readonly kind: 'rows' };

/** So many are shown at once: the others are folded. */
const openRows = 2;

const rowPart = (row: StoredRows['rows'][number]): HTMLElement =>
  el(
    'article',
    { class: 'row' },
    el('p', { class: 'why' }, row.reason),
    el('pre', { tabindex: '0' }, row.text),
    facts({
      ...{ Row: `${row.row + 1} of its message`, Code: row.code, Column: row.column, Message: row.messageId },
      ...{ Chunk: row.id, Source: row.source, Time: moment(row.time) },
    }),
  );

const rowParts = ({ rows }: StoredRows, leftOut: number): readonly Node[] => [
  ...rows.slice(0, openRows).map(rowPart),
  ...(rows.length > openRows
    ? [
        el(
          'details',
          {},
          el('summary', {}, `${count(rows.length - openRows)} more of these rows`),
          ...rows.slice(openRows).map(rowPart),
        ),
      ]
    : []),
  ...(leftOut > 0 ? [el('p', { class: 'faint' }, `${count(leftOut)} more rows are not shown.`)] : []),
];

function messageParts({ message }: Stored & { readonly kind: 'message' }, leftOut: number): readonly Node[] {
  const { reason, body, code, column, messageId, queue, sentMs, group, attributes } = message;
  const told = Object.entries(attributes).map(
    ([name, { stringValue, binaryValue = '' }]) => `${name}=${stringValue ?? binaryValue}`,
  );
  return [
    el(
      'article',
      { class: 'row' },
      el('p', { class: 'why' }, reason),
      el('pre', { tabindex: '0' }, body),
      leftOut > 0 && el('p', { class: 'faint' }, `${count(leftOut)} more characters are not shown.`),
      facts({
        ...{ Code: code, Column: column, Message: messageId, Queue: queue, Group: group },
        ...{ Sent: moment(new Date(sentMs).toISOString()), Attributes: told.join(', ') },
      }),
    ),
  ];
}

function repairForm({ stored, editable }: RejectedObject, changed: () => void): HTMLElement {
  const text = el('textarea', { id: 'corrected', rows: '8', spellcheck: 'false', autocomplete: 'off' });
  text.value = drafts.get(stored.name) ?? editable ?? '';
  const told = el('div', { class: 'told', role: 'status' });
  text.addEventListener('input', () => {
    drafts.set(stored.name, text.value);
    told.replaceChildren();
  });
  const ended: Ended = (end) => {
    if (end.state !== 'sent') return;
    drafts.delete(stored.name);
    changed();
  };
  const ask = async (terms: Terms): Promise<readonly Node[]> => {
    const body = { name: stored.name, ...(editable !== undefined && { text: text.value }), ...terms };
    const found = await post<RepairPlan>('/api/resend/plan', body);
    const { needs } = found.end;
    if (needs === undefined) return planned(found, told, ended);
    const anyway = button(anyways[needs], () => void attempt(anyway, told, () => ask({ ...terms, [needs]: true })));
    return [failed(new Error(found.end.why)), el('p', {}, anyway)];
  };
  const plan = button('See what would be sent', () => void attempt(plan, told, () => ask({})));
  return el(
    'section',
    { class: 'repair', 'aria-labelledby': 'repair-title' },
    el('h3', { id: 'repair-title' }, stored.kind === 'rows' ? 'Correct and send' : 'Send again'),
    editable !== undefined && el('label', { for: 'corrected' }, 'Each line is a row. Take out what is not to be sent.'),
    editable !== undefined && text,
    stored.kind === 'rows' &&
      editable === undefined &&
      el('p', {}, 'Too much for a text box: use rejected export and rejected resend --rows.'),
    el('p', {}, plan),
    told,
  );
}

/** Words by which a person says that it is sent all the same. */
type Terms = Readonly<Partial<Record<NonNullable<RepairPlan['end']['needs']>, true>>>;

const anyways = {
  again: 'See what would be sent once more',
  sure: 'They are not in the table: see what would be sent',
} as const;

/** What a plan says, and the button that does it. */
function planned({ end, token }: RepairPlan, told: HTMLElement, ended: Ended): readonly Node[] {
  if (token === undefined) return [failed(new Error(end.why ?? 'There is nothing to send.'))];
  const { rows = 0, leftOut = 0, chunk } = end;
  const what = `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;
  const send = button(
    `Send ${what}`,
    () => void attempt(send, told, async () => sent(await post<RepairPlan['end']>('/api/resend', { token }), ended)),
    { class: 'do' },
  );
  return [
    el('p', {}, `${what} would be sent${leftOut > 0 ? `, ${count(leftOut)} left out` : ''}. Nothing was sent yet.`),
    facts({ Chunk: chunk }),
    el('p', {}, send),
  ];
}

function sent(end: RepairPlan['end'], ended: Ended): readonly Node[] {
  ended(end);
  if (end.state !== 'sent') return [failed(new Error(end.why ?? 'It was not sent.'))];
  return [
    el(
      'p',
      { class: 'done' },
      `Sent. Its rows are in the table after the next load; chunk ${end.chunk ?? ''} tells their story.`,
    ),
  ];
}

/** One at a time, and what fails is told. */
async function attempt(by: HTMLButtonElement, told: HTMLElement, act: () => Promise<readonly Node[]>): Promise<void> {
  by.disabled = true;
  const found = await act().catch((error: unknown) => [failed(error)]);
  by.disabled = false;
  told.replaceChildren(...found);
  told.querySelector('button')?.focus();
}
