/**
 * Runs `work` on every item, at most `limit` at a time, and gives the results in the order of the items. What is done at once is not
 * waited for: thousands of small items need no promise each.
 */
export async function mapLimited<In, Out>(
  items: readonly In[],
  limit: number,
  work: (item: In, index: number) => Out | Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      const done = work(items[index] as In, index);
      results[index] = done instanceof Promise ? await done : done;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
