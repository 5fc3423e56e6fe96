import type { Mutant } from './mutant.ts';

const [once, ledger, claims] = [
  'src/delivery/exactly-once.ts',
  'src/ledger/ledger.ts',
  'src/ledger/claims.ts',
] as const;

/** What is taken away from claims and decisions, and from who believes them. */
export const ledgerMutants: readonly Mutant[] = [
  {
    ...{ name: 'a void is believed that S3 did not write', file: ledger, isShort: true, firstSeed: 1908 },
    ...{ find: "if (written.won) return 'void';\n    found = written;", replace: "return 'void';" },
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
    ...{ find: '(isNoted ? prepared.forget() : undefined)', replace: '(void isNoted, prepared.forget())' },
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
    ...{ find: "if (fate === 'void') free.push(chunk);", replace: "if (fate !== 'loaded') free.push(chunk);" },
  },
  {
    ...{ name: 'rows that others claimed stay in the load', file: once },
    ...{ find: 'isWhole ? { parts, first } : undefined', replace: '{ parts, first }' },
  },
  {
    ...{ name: 'a decision that was lost is committed', file: ledger },
    ...{
      find: "if (!written.won) return 'void';\n  const end",
      replace: 'const end',
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
    ...{ name: 'what stands behind a held chunk overtakes it', file: 'src/delivery/claims.ts' },
    ...{ find: 'return held >= 0 && items.slice(held).some((item) => !others.has(item));', replace: 'return false;' },
  },
  {
    ...{ name: 'a book forgets what others claimed', file: 'src/ledger/claim-book.ts', isShort: true },
    ...{ find: 'return Object.fromEntries(left);', replace: 'return Object.fromEntries(left.slice(1));' },
  },
  {
    ...{ name: 'a book that is known is taken for unchanged', file: claims },
    ...{ find: 'if (free.length === 0) return others;', replace: 'if (known || free.length === 0) return others;' },
  },
  {
    ...{ name: 'the segment of all is sent although others hold some', file: 'src/delivery/stage.ts' },
    ...{ find: 'mine.length === items.length ? whole :', replace: "'rows' in whole ? whole :" },
  },
  {
    ...{ name: 'a commit that StarRocks refuses is loaded', file: ledger },
    ...{
      find: "case 'refused':\n      return {",
      replace: "case 'refused':\n      if (decision) return 'loaded';\n      return {",
    },
  },
  {
    ...{ name: 'a step of a search is committed for the whole', file: once },
    ...{ find: "if (tried.state === 'prepared' && isRest)", replace: "if (tried.state === 'prepared')" },
  },
];
