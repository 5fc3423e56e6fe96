import type { Mutant } from './mutant.ts';

/** What is taken away from the way of messages, from staging, from bad rows, and from at-least-once. */
export const pipelineMutants: readonly Mutant[] = [
  {
    ...{ name: 'an acked message whose bad rows are not kept', file: 'src/delivery/bad-rows.ts' },
    ...{
      find: "telemetry.event('error', 'bad rows not kept', { item: item.id, error: String(error) });",
      replace: 'return {};',
    },
  },
  {
    ...{ name: 'a segment is pointed at before it is decided', file: 'src/delivery/stage.ts' },
    ...{
      find: "const written = await decide(id, { state: 'staged', segment, atMs: deps.clock.now() }, ledger);",
      replace:
        "await sendStaged(segment, ledger);\n    const written = await decide(id, { state: 'staged', segment, atMs: deps.clock.now() }, ledger);",
    },
  },
  {
    ...{ name: 'a lane of a FIFO queue goes on behind a failure', file: 'src/pipeline/run-lanes.ts' },
    ...{ find: 'if (isOrdered && !areAllAcked(outcomes)) return;', replace: '' },
  },
  {
    ...{ name: 'a message without an outcome is acked', file: 'src/pipeline/settle.ts', noticedBy: 'at-least-once' },
    ...{
      find: "outcomes.get(messageId)?.verdict !== 'ack'",
      replace: "(outcomes.get(messageId)?.verdict ?? 'ack') !== 'ack'",
    },
  },
  {
    ...{ name: 'a miscounted load is acked', file: 'src/delivery/at-least-once.ts', noticedBy: 'at-least-once' },
    ...{
      find: 'return result.miscounted\n        ?',
      replace: "return result.state === ('never' as string)\n        ?",
    },
  },
  {
    ...{ name: 'a miscounted load is forgotten', file: 'src/delivery/at-least-once.ts', noticedBy: 'at-least-once' },
    ...{
      find: 'return result.already ? await readMiscount(destination, label, rows, miscounts) : end;',
      replace: 'return end;',
    },
  },
  {
    ...{ name: 'an unknown outcome is acked', file: 'src/delivery/at-least-once.ts', noticedBy: 'at-least-once' },
    ...{
      find: "return { state: 'stopped', outcome: retry('OUTCOME_UNKNOWN', result.message) };",
      replace: "return { state: 'good' };",
    },
  },
  {
    ...{
      name: 'a chunk that comes twice in one event is loaded twice',
      file: 'src/pipeline/plan-lanes.ts',
      isShort: true,
    },
    ...{
      find: 'if (areDistinct(messages.map(({ item }) => item.id))) return messages;',
      replace: 'if (messages.length > 0) return messages;',
    },
  },
  {
    ...{ name: 'what is not loaded is acked, where all of it ended', file: 'src/pipeline/message-outcomes.ts' },
    ...{ find: 'byItem.size === items && areAllAcked(byItem)', replace: 'byItem.size === items' },
  },
  {
    ...{ name: 'a batch that is not over in time is acked', file: 'src/pipeline/run-lanes.ts', isShort: true },
    ...{ find: 'note(batch, notOver);', replace: "note(batch, { verdict: 'ack' });" },
  },
  {
    ...{ name: 'rows of two tables share a load', file: 'src/rows/destination.ts', isShort: true },
    ...{ find: 'JSON.stringify([database, table, Object', replace: 'JSON.stringify([database, Object' },
  },
  {
    ...{ name: 'whose a bad row is, is guessed where S3 does not say', file: 'src/delivery/bad-rows.ts' },
    ...{
      find: 'badRows.originsOf(item, badRows.objects));',
      replace: 'badRows.originsOf(item, badRows.objects).catch(() => []));',
    },
  },
];
