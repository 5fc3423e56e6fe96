import type { Token } from './sql-tokens.ts';

/** A place of a query where a table is named. */
export interface TableReference {
  /** `catalog.database.table`, `database.table` or `table`. */
  readonly path: readonly string[];
  /** Tokens that it takes. */
  readonly taken: number;
}

/** Words that end a FROM clause. */
const fromEnds = new Set(
  'WHERE GROUP ORDER HAVING LIMIT UNION EXCEPT INTERSECT MINUS SET ON USING SELECT VALUES'.split(' '),
);

/** Functions that have a FROM of their own. */
const fromInside = /^(EXTRACT|TRIM|SUBSTRING|SUBSTR|POSITION)$/i;

/** An open bracket, or the whole. */
interface Scope {
  /** What stands before it: the name of a function, or nothing of meaning. */
  readonly opener: string;
  /** Whether its query is in its FROM clause, where a comma comes before the next table. */
  inFrom: boolean;
}

/** @out by the index of the first token */
export function tableReferences(tokens: readonly Token[]): ReadonlyMap<number, TableReference> {
  const found = new Map<number, TableReference>();
  const common = commonTables(tokens);
  const scopes: Scope[] = [{ opener: '', inFrom: false }];
  let expected = false;
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] as Token;
    if (expected && isTableName(tokens, index)) {
      const reference = readPath(tokens, index);
      const isCommon = reference.path.length === 1 && common.has(token.value.toLowerCase());
      const isFunction = tokens[index + reference.taken]?.raw === '(';
      if (!isCommon && !isFunction) found.set(index, reference);
      index += reference.taken - 1;
      expected = false;
    } else {
      expected = expectsTable(tokens, index, scopes, expected);
    }
  }
  return found;
}

/** Goes on by one token, and says whether a table may come next. */
function expectsTable(tokens: readonly Token[], index: number, scopes: Scope[], expected: boolean): boolean {
  const token = tokens[index] as Token;
  const scope = scopes.at(-1);
  if (token.raw === '(') {
    scopes.push({ opener: tokens[index - 1]?.value ?? '', inFrom: false });
    return false;
  }
  if (token.raw === ')') {
    if (scopes.length > 1) scopes.pop();
    return false;
  }
  if (token.raw === ',') return scope?.inFrom === true;
  const word = token.kind === 'word' && tokens[index - 1]?.value !== '.' ? token.value.toUpperCase() : '';
  if (word === 'JOIN' || (word === 'UPDATE' && index === 0)) return true;
  if (scope !== undefined && word === 'FROM' && !fromInside.test(scope.opener)) {
    scope.inFrom = true;
    return true;
  }
  if (scope !== undefined && fromEnds.has(word)) scope.inFrom = false;
  return expected && word === 'LATERAL';
}

function isTableName(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token?.kind === 'quoted-name') return true;
  return (
    token?.kind === 'word' && !/^(LATERAL|DUAL|UNNEST)$/i.test(token.value) && !fromEnds.has(token.value.toUpperCase())
  );
}

/** Names of common table expressions: what stands before `AS (`. */
function commonTables(tokens: readonly Token[]): Set<string> {
  const names = new Set<string>();
  if (!tokens.some((token) => token.kind === 'word' && /^WITH$/i.test(token.value))) return names;
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || !/^AS$/i.test(token.value) || tokens[index + 1]?.raw !== '(') continue;
    let at = index - 1;
    if (tokens[at]?.raw === ')') while (at > 0 && tokens[at]?.raw !== '(') at -= 1;
    const name = tokens[tokens[at]?.raw === '(' ? at - 1 : at];
    if (name !== undefined) names.add(name.value.toLowerCase());
  }
  return names;
}

function readPath(tokens: readonly Token[], index: number): TableReference {
  const path = [tokens[index]?.value ?? ''];
  let taken = 1;
  while (tokens[index + taken]?.raw === '.' && isName(tokens[index + taken + 1])) {
    path.push(tokens[index + taken + 1]?.value ?? '');
    taken += 2;
  }
  return { path, taken };
}

function isName(token: Token | undefined): boolean {
  return token?.kind === 'word' || token?.kind === 'quoted-name';
}
