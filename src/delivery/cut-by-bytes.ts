import type { Batch, Item, Join, Joined } from '../rows/batch.ts';

/** One JSON body is held in the memory of a backend, so a large batch is several. @source streaming_load_max_batch_size_mb */
const maxBodyBytes = 90 * 1024 ** 2;

/** The bodies of one transaction, in the order of the items. */
export function cutByBytes<T extends Item>(items: readonly T[], join: Join<T>, { destination }: Batch<Item>): Joined[] {
  const parts: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    bytes += item.bytes + 1;
    if (bytes > maxBodyBytes) {
      parts.push([]);
      bytes = item.bytes + 2;
    }
    parts.at(-1)?.push(item);
  }
  return parts.map((part) => join(part, destination));
}
