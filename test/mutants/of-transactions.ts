import type { Mutant } from './mutant.ts';

const [attempt, sweep, transaction] = [
  'src/delivery/attempt-transaction.ts',
  'src/ledger/sweep.ts',
  'src/starrocks/transaction.ts',
] as const;

const behindBegin = `const begun = await transactions.begin(name, table, timeoutS).catch((error: unknown) => {
      mayExist = false;
      throw error;
    });
    // The label is this worker's alone: one that exists was begun by a request whose answer got lost.
    if (begun.state !== 'ok' && begun.state !== 'already-exists') return endOf(begun);
    const marking = leave();`;

/** What is taken away from transactions, their markers, and the sweep. */
export const transactionMutants: readonly Mutant[] = [
  {
    ...{ name: 'a count that is too small is good enough', file: attempt, isShort: true },
    ...{ find: 'if (counts.total === rows)', replace: 'if (counts.total <= rows)' },
  },
  {
    ...{ name: 'a lost answer of prepare is taken for prepared', file: attempt, isShort: true, firstSeed: 411 },
    ...{
      find: "return { state: 'again', code: 'ANSWER_LOST', detail: 'The answer of prepare, which counts the rows, was lost.' };",
      replace: "return { state: 'prepared' };",
    },
  },
  {
    ...{ name: 'no marker is left', file: 'src/ledger/in-doubt.ts' },
    ...{
      find: 'const result = await deps.objects.putText(key, writeRecord(record), { ifAbsent: true });',
      replace: "const result = { state: 'stored' } as { state: string };",
    },
  },
  {
    ...{ name: 'the sweep takes a marker away that it did not settle', file: sweep, isShort: true, firstSeed: 112 },
    ...{
      find: "if (decision?.state === 'commit') return { state: 'open', reason: 'It is committed, and not marked done yet.' };",
      replace:
        "if (decision?.state === 'commit') { await takeMarkerAway(marker, deps); return { state: 'settled', reason: '' }; }",
    },
  },
  {
    ...{ name: 'the sweep does not roll back', file: sweep },
    ...{ find: 'if (!isCommitted) {', replace: 'if (Number.isNaN(0)) {' },
  },
  {
    ...{ name: 'the sweep rolls back what is at work', file: sweep },
    ...{
      find: "if (fate === 'busy') return {",
      replace:
        "if (fate === 'busy') { await deps.rollBack(table.database, label); await takeMarkerAway(marker, deps); return { state: 'settled', reason: '' }; }\n  if (fate === 'busy') return {",
    },
  },
  {
    ...{ name: 'a prepared label that is settled as aborted is prepared', file: transaction },
    ...{
      find: "case 'aborted':\n      return { state: 'aborted', message: result.message };\n    case 'never-begun'",
      replace:
        "case 'aborted':\n      return { state: 'ok', counts: { total: 1, loaded: 1, filtered: 0, unselected: 0 } };\n    case 'never-begun'",
    },
  },
  {
    ...{ name: 'the marker is left before begin', file: attempt },
    ...{
      find: behindBegin,
      replace: `const marking = leave();\n    await marking;\n    ${behindBegin.replace('const marking = leave();', '')}`,
    },
  },
  {
    ...{ name: 'a transaction is prepared without its marker', file: attempt },
    ...{ find: 'if (unmarked) return unmarked;', replace: '' },
  },
  {
    ...{ name: 'prepare does not wait for the marker', file: attempt },
    ...{
      find: ".finally(() => marking);\n    if (loaded.state !== 'ok') return endOf(loaded);\n    const unmarked = await marking;\n    if (unmarked) return unmarked;",
      replace: ";\n    void marking;\n    if (loaded.state !== 'ok') return endOf(loaded);",
    },
  },
  {
    ...{ name: 'a worker takes its marker away although it did not roll back', file: attempt },
    ...{
      find: "if (result?.state === 'ok' || result?.state === 'aborted' || result?.state === 'not-exists') await forget();",
      replace: 'void result; await forget();',
    },
  },
  {
    ...{ name: 'the sweep takes a marker away although it did not roll back', file: sweep },
    ...{
      find: "if (result.state !== 'ok' && result.state !== 'aborted' && result.state !== 'not-exists') {",
      replace: 'if (Number.isNaN(result)) {',
    },
  },
  {
    ...{ name: 'another label of a batch is taken for the committed one', file: sweep },
    ...{
      find: "decision?.state === 'done' && decision.label === label;",
      replace: "decision?.state === 'done';",
    },
  },
  {
    ...{ name: 'a label that is only prepared is taken for committed', file: transaction },
    ...{
      find: "if (state === 'VISIBLE' || state === 'COMMITTED') return { state: 'ok' };",
      replace: "if (state === 'VISIBLE' || state === 'COMMITTED' || state === 'PREPARED') return { state: 'ok' };",
    },
  },
];
