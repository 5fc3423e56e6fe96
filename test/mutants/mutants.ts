/** Each takes one thing away on which the promises of docs/delivery.md rest. */
export interface Mutant {
  readonly name: string;
  /** From the root of the project. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The semantic whose schedules notice it; exactly-once unless told. */
  readonly noticedBy?: 'exactly-once' | 'at-least-once';
  /** Also in `npm test`. */
  readonly isShort?: true;
}

const [attempt, once, ledger, claims, sweep, transaction] = [
  'src/delivery/attempt-transaction.ts',
  'src/delivery/exactly-once.ts',
  'src/ledger/ledger.ts',
  'src/ledger/claims.ts',
  'src/ledger/sweep.ts',
  'src/starrocks/transaction.ts',
];

export const mutants: readonly Mutant[] = [
  {
    ...{ name: 'a count that is too small is good enough', file: attempt, isShort: true },
    ...{ find: 'if (counts.total === rows)', replace: 'if (counts.total <= rows)' },
  },
  {
    ...{ name: 'a lost answer of prepare is taken for prepared', file: attempt, isShort: true },
    ...{
      find: "return { state: 'again', code: 'ANSWER_LOST', detail: 'The answer of prepare, which counts the rows, was lost.' };",
      replace: "return { state: 'prepared' };",
    },
  },
  {
    ...{ name: 'a void is believed that S3 did not write', file: ledger },
    ...{ find: "if (written.won) return 'void';\n    found = written;", replace: "return 'void';" },
  },
  {
    ...{ name: 'no look between begin and prepare', file: attempt },
    ...{ find: 'if (isGone) return isGone;', replace: '' },
  },
  {
    ...{ name: 'the look does not look', file: ledger },
    ...{
      find: "readDecision(found.text).state === 'void';\n}\n\n/** Sends",
      replace: "readDecision(found.text).state === ('never' as string);\n}\n\n/** Sends",
    },
  },
  {
    ...{ name: 'an unknown label is taken for committed', file: ledger, isShort: true },
    ...{ find: 'return isDoneBySomebody(key, ledger);', replace: "return 'loaded';" },
  },
  {
    ...{ name: 'the marker goes before the decision', file: once, isShort: true },
    ...{
      find: 'fate = await commitBatch(this.#id, label, destination, this.#ledger);',
      replace: 'await prepared.forget();\n      fate = await commitBatch(this.#id, label, destination, this.#ledger);',
    },
  },
  {
    ...{ name: 'the marker goes although the decision is not noted as done', file: once },
    ...{ find: "if (fate === 'loaded') await prepared.forget();", replace: 'await prepared.forget();' },
  },
  {
    ...{ name: 'no marker is left', file: 'src/ledger/in-doubt.ts' },
    ...{
      find: 'const result = await deps.objects.putText(key, writeRecord(record), { ifAbsent: true });',
      replace: "const result = { state: 'stored' } as { state: string };",
    },
  },
  {
    ...{ name: 'claims are written without If-Match', file: 'src/ledger/conditional-writes.ts', isShort: true },
    ...{
      find: 'const result = await deps.objects.putText(key, text, etag === undefined ? { ifAbsent: true } : { ifMatch: etag });',
      replace:
        'const now = etag === undefined ? undefined : await deps.objects.getText(key); const result = await deps.objects.putText(key, text, etag === undefined ? { ifAbsent: true } : { ifMatch: now?.etag ?? etag });',
    },
  },
  {
    ...{ name: 'a taken key is believed to be mine', file: 'src/ledger/conditional-writes.ts' },
    ...{
      find: 'found.text === text ? { won: true, etag: found.etag }',
      replace: 'found ? { won: true, etag: found.etag }',
    },
  },
  {
    ...{ name: 'a chunk that somebody holds is free', file: claims },
    ...{ find: "if (fate === 'void') return 'free';", replace: "if (fate !== 'loaded') return 'free';" },
  },
  {
    ...{ name: 'rows that others claimed stay in the load', file: once },
    ...{ find: 'isWhole ? first : undefined', replace: 'first' },
  },
  {
    ...{ name: 'a decision that was lost is committed', file: ledger },
    ...{
      find: "return written.won ? finish(decisionKey(batch), written.etag, decision, table, ledger) : 'void';",
      replace: 'return finish(decisionKey(batch), written.etag, decision, table, ledger);',
    },
  },
  {
    ...{ name: 'a batch that StarRocks aborted is loaded', file: ledger },
    ...{ find: 'return voidCommitted(key, etag, ledger);', replace: "return 'loaded';" },
  },
  {
    ...{ name: 'a commit that was not answered is loaded', file: ledger },
    ...{ find: "    default:\n      return 'busy';", replace: "    default:\n      return 'loaded';" },
  },
  {
    ...{ name: 'the pointer of a staged batch is not sent again', file: ledger },
    ...{ find: 'await sendStaged(decision.segment, ledger);', replace: '' },
  },
  {
    ...{ name: 'claims that did not settle are taken for mine', file: 'src/delivery/claims.ts' },
    ...{
      find: "if ('verdict' in claims) return claims;",
      replace: "if ('verdict' in claims) return { mine: items, others: new Map() };",
    },
  },
  {
    ...{ name: 'the sweep takes a marker away that it did not settle', file: sweep },
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
    ...{ name: 'an acked message whose bad rows are not kept', file: 'src/delivery/bad-rows.ts', isShort: true },
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
    ...{ name: 'what stands behind a held chunk overtakes it', file: 'src/delivery/claims.ts' },
    ...{ find: 'return held >= 0 && items.slice(held).some((item) => !others.has(item));', replace: 'return false;' },
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
];
