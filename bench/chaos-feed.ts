import { createProducer, type Producer } from '../src/producer/producer.ts';
import { database, eventsIn, groups, type RowRange, versionsIn } from './chaos-rows.ts';
import type { World } from './chaos-world.ts';

/** Puts the rows of a run into its queue. */
export interface Feed {
  send(range: RowRange): Promise<void>;
  /** @out  event rows that SQS has taken */
  close(): Promise<number>;
}

/** Messages are small, so that many are under way whatever happens. */
const messageBytes = 16_384;

/** One producer; for a FIFO queue one for each group, which sends versions of keys too. */
export function createFeed({ sqs, resources }: World, fifo: boolean, badEvery: number | undefined): Feed {
  const settings = { queueUrl: resources.rowsQueueUrl, client: sqs, database, targetBytes: messageBytes };
  if (!fifo) {
    const producer = createProducer(settings);
    return {
      send: async (range) => producer.send('events', eventsIn(range, badEvery)),
      close: async () => (await producer.close()).rows,
    };
  }
  const producers = Array.from({ length: groups }, (_, group) =>
    createProducer({ ...settings, groupId: `group ${group}` }),
  );
  let versions = 0;
  return {
    async send(range) {
      const parts = producers.map((_, group) => partOf(range, group));
      await Promise.all(
        producers.map(async (producer, group) => {
          await producer.send('events', eventsIn(parts[group] ?? range, badEvery));
          await producer.send('latest', versionsIn(range, group));
        }),
      );
      versions += range.to - range.from;
    },
    async close() {
      const summaries = await Promise.all(producers.map((producer: Producer) => producer.close()));
      return summaries.reduce((sum, { rows }) => sum + rows, 0) - versions;
    },
  };
}

/** The part of a range that goes into one group. */
function partOf({ from, to }: RowRange, group: number): RowRange {
  const at = (part: number) => from + Math.floor(((to - from) * part) / groups);
  return { from: at(group), to: at(group + 1) };
}
