import type { Session } from './session.ts';
import type { TokenReader } from './token-reader.ts';
import type { Variables } from './variables.ts';

/** One assignment of a SET. */
type Assignment =
  | { readonly to: 'user'; readonly name: string; readonly expression: string }
  | { readonly to: 'system'; readonly name: string; readonly scope: 'session' | 'global'; readonly expression: string }
  | { readonly to: 'nothing' };

const scopes = ['GLOBAL', 'SESSION', 'LOCAL', 'PERSIST'];

/** What comes after SET. */
export function readAssignments(reader: TokenReader): Assignment[] {
  const assignments: Assignment[] = [];
  do assignments.push(readAssignment(reader));
  while (reader.acceptSymbol(','));
  reader.expectEnd();
  return assignments;
}

/** `name = value`, `@@session.name := value`, `@name = value`, NAMES …, TRANSACTION …, CATALOG … */
function readAssignment(reader: TokenReader): Assignment {
  if (reader.accept('NAMES') || reader.accept('CHARSET') || reader.accept('CHARACTER', 'SET')) {
    // All text is UTF-8 here, whatever a client says.
    rest(reader);
    return { to: 'nothing' };
  }
  const words = scopes.find((each) => reader.accept(each));
  if (reader.accept('TRANSACTION') || reader.accept('CATALOG')) {
    reader.raw(() => false);
    return { to: 'nothing' };
  }
  if (reader.acceptSymbol('@')) {
    if (!reader.acceptSymbol('@'))
      return { to: 'user', name: reader.take().value.toLowerCase(), expression: value(reader) };
    const scope = scopes.find((each) => reader.sees(each) && reader.seesSymbol('.', 1) && reader.accept(each));
    if (scope !== undefined) reader.expectSymbol('.');
    return { to: 'system', name: reader.take().value, scope: scopeOf(scope), expression: value(reader) };
  }
  return { to: 'system', name: reader.identifier(), scope: scopeOf(words), expression: value(reader) };
}

function scopeOf(word: string | undefined): 'session' | 'global' {
  return word === 'GLOBAL' || word === 'PERSIST' ? 'global' : 'session';
}

function value(reader: TokenReader): string {
  reader.acceptSymbol(':');
  reader.expectSymbol('=');
  return rest(reader);
}

function rest(reader: TokenReader): string {
  return reader.raw((at) => at.seesSymbol(',') || at.seesSymbol(';'));
}

/**
 * Carries out a SET.
 *
 * @in  evaluate  gives the value of an expression as text, null for NULL
 */
export async function assign(
  assignments: readonly Assignment[],
  session: Session,
  variables: Variables,
  evaluate: (expression: string) => Promise<{ readonly literal: string; readonly text: string | null }>,
): Promise<void> {
  for (const assignment of assignments) {
    if (assignment.to === 'nothing') continue;
    const { name, expression } = assignment;
    // A word alone is a text: SET sql_mode = STRICT_TRANS_TABLES.
    const isWord = /^[a-z_]\w*$/i.test(expression);
    if (assignment.to === 'user') {
      session.userVariables.set(name, (await evaluate(expression)).literal);
    } else if (isWord && /^DEFAULT$/i.test(expression)) {
      variables.set(session, name, undefined, assignment.scope);
    } else {
      const text = isWord && !/^NULL$/i.test(expression) ? expression : (await evaluate(expression)).text;
      variables.set(session, name, text ?? '', assignment.scope);
    }
  }
}
