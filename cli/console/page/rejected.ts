import type { RejectedEntry, RejectedList } from '../rejected.ts';
import { get } from './ask.ts';
import { button, byId, el, empty, failed, fill, table } from './dom.ts';
import { count, moment } from './format.ts';
import { showObject } from './repair.ts';

const dayMs = 86_400_000;
/** By days; integers come first. */
const spans = { '1': 'last day', '7': 'last week', '': 'all' } as const;

/** What is to be chosen from grows with what was seen. */
const known = { table: new Set<string>(), code: new Set<string>() };

let lately: readonly number[] = [];
let unsent = 0;
let listed = 0;

/** When something was rejected in the last hour, as it was told last. */
export const rejectedLately = (): readonly number[] => lately;

/** Rows and messages of the last day that nobody has sent again, as it was told last of all tables. */
export const rejectedUnsent = (): number => unsent;

/** A list so long is read again only when somebody asks. */
const readsAgainBelow = 200;
export const isCheapToRead = (): boolean => listed < readsAgainBelow;

/** Puts up the section with its filters, and fills it. */
export function startRejected(): Promise<void> {
  const filters = el(
    'div',
    { class: 'filters' },
    select('rejected-table', 'Table', [['', 'all']]),
    select('rejected-code', 'Code', [['', 'all']]),
    select('rejected-days', 'Time', Object.entries(spans)),
  );
  byId('rejected').replaceChildren(
    el('h2', { id: 'rejected-title' }, 'Rejected'),
    filters,
    el('div', { id: 'rejected-list', 'aria-busy': 'true' }),
  );
  filters.addEventListener('change', () => void showRejected());
  return showRejected();
}

function select(id: string, label: string, options: readonly (readonly [value: string, text: string])[]) {
  const made = el('select', { id }, ...options.map(([value, text]) => el('option', { value }, text)));
  return el('span', {}, el('label', { for: id }, label), ' ', made);
}

const valueOf = (id: string) => (byId(id) as HTMLSelectElement).value;

export async function showRejected(): Promise<void> {
  const days = valueOf('rejected-days');
  const since = days === '' ? undefined : new Date(Date.now() - Number(days) * dayMs).toISOString();
  const chosen = { table: valueOf('rejected-table'), code: valueOf('rejected-code') };
  try {
    // Whole messages lie beside those of tables, and are told apart here.
    const asked = { code: chosen.code, table: chosen.table === messages ? undefined : chosen.table, since };
    const list = await get<RejectedList>('/api/rejected', asked);
    if (chosen.table === '' && chosen.code === '') ({ lately, unsent } = list);
    listed = list.entries.length;
    learn(list);
    const entries = list.entries.filter((entry) => chosen.table !== messages || entry.table === messages);
    fill('rejected-list', ...linesOf(entries, list.leftOut));
  } catch (error) {
    fill('rejected-list', failed(error));
  }
}

const messages = 'messages';

function learn({ groups }: RejectedList): void {
  for (const group of groups) {
    offer('table', group.table, group.table === messages ? 'whole messages' : group.table);
    offer('code', group.code, group.code);
  }
}

/** Tables of which nothing was listed are chosen, too, where a list of all would be too long. */
export const offerTables = (names: readonly string[]): void => {
  for (const name of names) offer('table', name, name);
};

function offer(kind: keyof typeof known, value: string, text: string): void {
  if (known[kind].has(value)) return;
  known[kind].add(value);
  byId(`rejected-${kind}`).append(el('option', { value }, text));
}

function linesOf(entries: readonly RejectedEntry[], leftOut: number): readonly HTMLElement[] {
  if (entries.length === 0) return [empty('Nothing was rejected: every row that came is loaded, or on its way.')];
  const rows = entries.map((entry) => [
    button(moment(entry.time), () => void showObject(entry.name, titleOf(entry), showRejected), {
      class: 'link',
      'aria-label': `Open ${titleOf(entry)}, ${moment(entry.time)}`,
    }),
    entry.kind === 'message' ? 'whole message' : entry.table,
    count(entry.count),
    entry.codes.join(', '),
    el('span', { class: 'reason', title: entry.reason }, entry.reason),
    entry.resent === undefined ? '' : entry.resent.state === 'sent' ? 'sent' : 'begun',
  ]);
  const columns = [
    ...[{ title: 'Time' }, { title: 'Table' }, { title: 'Rows', isNumber: true } as const],
    ...[{ title: 'Code' }, { title: 'Reason of the first' }, { title: 'Resent' }],
  ];
  return [
    table('Rejected rows and messages, the newest first', columns, rows),
    ...(leftOut > 0 ? [el('p', { class: 'faint' }, `${count(leftOut)} older ones are left out: choose a table.`)] : []),
  ];
}

const titleOf = ({ kind, count: rows, table: name }: RejectedEntry) =>
  kind === 'message' ? 'A whole message' : `${count(rows)} ${rows === 1 ? 'row' : 'rows'} of ${name}`;
