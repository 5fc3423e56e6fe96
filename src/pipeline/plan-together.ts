/** Which messages share a load where the rows of a message, for whatever tables, become visible at once. */
import type { Destination } from '../ports.ts';
import type { Batch, Item } from '../rows/batch.ts';
import { destinationKey } from '../rows/destination.ts';
import type { Arrived, PlanTogether, Ready } from './plan-lanes.ts';

/** @out  undefined: one transaction can carry all parts of a message */
export function whyApart<I extends Item>(parts: readonly Arrived<I>[]): string | undefined {
  const destinations = parts.flatMap((part) => (part.ok && part.item.rows > 0 ? part.destination : []));
  const databases = new Set(destinations.map(({ database }) => database));
  if (databases.size > 1) return `It holds rows for the databases ${[...databases].slice(0, 5).join(', ')}.`;
  const tables = new Map(destinations.map((destination) => [destination.table, destination]));
  const twice = destinations.find((each) => isOther(each, tables.get(each.table)));
  return twice && `Its rows for ${twice.database}.${twice.table} hold different columns, and would be several loads.`;
}

const isOther = (one: Destination, other: Destination | undefined) =>
  other !== undefined && destinationKey(one) !== destinationKey(other);

/** What one transaction carries, table by table. All loads into a table have the same headers. */
interface Open<I extends Item> {
  readonly database: string;
  readonly tables: Map<string, { readonly destination: Destination; readonly items: I[] }>;
  rows: number;
  bytes: number;
}

/**
 * One lane for each database; of a FIFO queue one for each group, whose transactions follow each other.
 *
 * @in  messages in arrival order, the parts of each next to each other
 */
export const planTogether: PlanTogether = (messages, isOrdered, limitsOf) => {
  const lanes = isOrdered ? [messages] : [...Map.groupBy(messages, ({ destination }) => destination.database).values()];
  return lanes.filter((lane) => lane.length > 0).map((lane) => planLane(lane, limitsOf));
};

function planLane<I extends Item>(
  messages: readonly Ready<I>[],
  limitsOf: Parameters<PlanTogether>[2],
): readonly Batch<I>[] {
  const all: Open<I>[] = [];
  for (const parts of Map.groupBy(messages, ({ messageId }) => messageId).values()) {
    const [{ destination: first }] = parts as [Ready<I>, ...Ready<I>[]];
    const { maxRows, maxBytes } = limitsOf(first);
    const [rows, bytes] = [sum(parts, (item) => item.rows), sum(parts, (item) => item.bytes + 1)];
    const last = all.at(-1);
    const fits =
      last?.database === first.database &&
      last.rows + rows <= maxRows &&
      last.bytes + bytes <= maxBytes &&
      !parts.some(({ destination }) => isOther(destination, last.tables.get(destination.table)?.destination));
    const open = fits && last ? last : { database: first.database, tables: new Map(), rows: 0, bytes: 0 };
    if (open !== last) all.push(open);
    open.rows += rows;
    open.bytes += bytes;
    for (const { item, destination } of parts) {
      const table = open.tables.get(destination.table) ?? { destination, items: [] };
      open.tables.set(destination.table, table);
      table.items.push(item);
    }
  }
  return all.map(({ tables }) => {
    const [batch, ...others] = [...tables.values()];
    return others.length === 0 ? (batch as Batch<I>) : { ...(batch as Batch<I>), others };
  });
}

const sum = <I extends Item>(parts: readonly Ready<I>[], of: (item: I) => number) =>
  parts.reduce((total, { item }) => total + of(item), 0);
