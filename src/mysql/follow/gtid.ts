/** GTIDs: which transactions were read. Sets of MySQL and positions of MariaDB behind one shape. */

export interface GtidTracker {
  /** Notes a transaction as read. */
  add(gtid: string): void;
  /** True of a transaction that is noted. */
  has(gtid: string): boolean;
  /** The text that the server takes. */
  text(): string;
}

export type Flavour = 'mysql' | 'mariadb';

/** @throws  Error: the text is no GTID set (position) of the flavour */
export const trackGtids = (flavour: Flavour, text: string): GtidTracker =>
  flavour === 'mysql' ? trackSet(text) : trackPosition(text);

type Interval = [first: bigint, last: bigint];

/** Every source, and tag of it, with its intervals, ascending and apart. */
export type GtidSet = Map<string, Interval[]>;

/**
 * @in      `uuid:1-5:8,uuid2:1:tag:1-3`: a word among the intervals is a tag of what follows
 * @out     intervals by `uuid` or `uuid:tag`
 * @throws  Error
 * @source  MySQL manual, GTID sets
 */
export function parseGtidSet(text: string): GtidSet {
  const set: GtidSet = new Map();
  for (const block of text.split(',').map((part) => part.trim().toLowerCase())) {
    if (block === '') continue;
    const [uuid = '', ...items] = block.split(':');
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) || items.length === 0) throw notSet(text);
    let source = uuid;
    for (const item of items) {
      const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? [];
      if (first !== undefined) include(set, source, [BigInt(first), BigInt(last ?? first)]);
      else if (/^[a-z_]\w{0,31}$/.test(item)) source = `${uuid}:${item}`;
      else throw notSet(text);
    }
  }
  return set;
}

const notSet = (text: string) => new Error(`${JSON.stringify(text.slice(0, 200))} is no GTID set`);

function include(set: GtidSet, source: string, added: Interval): void {
  const intervals = set.get(source) ?? [];
  const last = intervals.at(-1);
  // What follows the newest, as almost always.
  if (last && added[0] === last[1] + 1n) last[1] = added[1];
  else intervals.push(added);
  const isInOrder = !last || added[0] > last[1] || added[0] === last[1] + 1n;
  set.set(source, isInOrder ? intervals : merged(intervals));
}

function merged(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const [first, end] of intervals.toSorted((a, b) => (a[0] < b[0] ? -1 : 1))) {
    const last = result.at(-1);
    if (last && first <= last[1] + 1n) last[1] = end > last[1] ? end : last[1];
    else result.push([first, end]);
  }
  return result;
}

function formatGtidSet(set: GtidSet): string {
  const byUuid = Map.groupBy(
    [...set].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ([source]) => source.slice(0, uuidLength),
  );
  return [...byUuid]
    .map(([uuid, sources]) => uuid + sources.map(([source, list]) => source.slice(uuidLength) + ranges(list)).join(''))
    .join(',');
}

const uuidLength = 36;
const ranges = (list: readonly Interval[]) => list.map(([a, b]) => (a === b ? `:${a}` : `:${a}-${b}`)).join('');

/** Whether every transaction of `inner` is in `outer`. */
export function isSubset(inner: GtidSet, outer: GtidSet): boolean {
  return [...inner].every(([source, intervals]) =>
    intervals.every(([first, last]) => (outer.get(source) ?? []).some(([a, b]) => a <= first && last <= b)),
  );
}

function trackSet(text: string): GtidTracker {
  const set = parseGtidSet(text);
  let known: string | undefined;
  const split = (gtid: string): [source: string, interval: Interval] => {
    const at = gtid.lastIndexOf(':');
    const number = BigInt(gtid.slice(at + 1));
    return [gtid.slice(0, at), [number, number]];
  };
  return {
    add: (gtid) => {
      include(set, ...split(gtid));
      known = undefined;
    },
    has: (gtid) => {
      const [source, interval] = split(gtid);
      return isSubset(new Map([[source, [interval]]]), set);
    },
    text: () => {
      known ??= formatGtidSet(set);
      return known;
    },
  };
}

/**
 * The newest transaction of every domain, by domain.
 *
 * @in      `0-1-5,1-1-7`: domain, server, number
 * @throws  Error
 * @source  MariaDB manual, GTID
 */
function parseGtidPosition(text: string): Map<string, string> {
  const position = new Map<string, string>();
  for (const gtid of text.split(',').map((part) => part.trim())) {
    if (gtid === '') continue;
    if (!/^\d+-\d+-\d+$/.test(gtid)) throw new Error(`${JSON.stringify(text.slice(0, 200))} is no GTID position`);
    position.set(domainOf(gtid), gtid);
  }
  return position;
}

const domainOf = (gtid: string) => gtid.slice(0, gtid.indexOf('-'));
const numberOf = (gtid: string): bigint => BigInt(gtid.slice(gtid.lastIndexOf('-') + 1));

function trackPosition(text: string): GtidTracker {
  const position = parseGtidPosition(text);
  return {
    // After a failover the newest transaction of a domain may have a lower number, under another server: the newest counts.
    add: (gtid) => position.set(domainOf(gtid), gtid),
    has: (gtid) => {
      const newest = position.get(domainOf(gtid));
      return newest !== undefined && numberOf(gtid) <= numberOf(newest);
    },
    text: () => [...position.values()].toSorted((a, b) => Number(domainOf(a)) - Number(domainOf(b))).join(','),
  };
}
