import type { Failure, Scope } from '../../src/kit/errors.ts';
import { anchorOf, code, table } from './markdown.ts';

const scopes: Readonly<Record<Scope, { readonly title: string; readonly meaning: string }>> = {
  message: { title: 'One message', meaning: 'Only that message fails; the others of its batch load.' },
  batch: { title: 'One load', meaning: 'The messages of that load are delivered again; other loads go on.' },
  invocation: {
    title: 'Everything an invocation does',
    meaning: 'When no message got anywhere, the function throws, and the event source backs off.',
  },
  start: { title: 'At the start', meaning: 'Nothing was begun.' },
  producer: { title: 'In the producer', meaning: '`send`, `flush` or `close` rejects.' },
  source: {
    title: 'Following a database',
    meaning: 'The follower ends before its position moves; what was read before is in the queue.',
  },
};

function fateOf({ scope, verdict }: Failure): string {
  if (scope === 'start') return verdict === 'retry' ? 'stops; may pass by itself' : 'stops until it is corrected';
  if (scope === 'producer') return verdict === 'retry' ? 'may be sent again' : 'is the caller’s to correct';
  if (scope === 'source') return verdict === 'retry' ? 'is tried again by itself' : 'stops until a person has acted';
  return verdict === 'retry' ? 'delivered again' : 'dead-letter queue, after the deliveries that the queue allows';
}

/** docs/failures.md, from the table of failures. */
export function renderFailuresPage(failures: Readonly<Record<string, Failure>>): string {
  const byScope = Map.groupBy(Object.entries(failures), ([, { scope }]) => scope);
  const chapters = (Object.keys(scopes) as Scope[]).flatMap((scope) => {
    const entries = byScope.get(scope) ?? [];
    const { title, meaning } = scopes[scope];
    return entries.length === 0 ? [] : [`## ${title}\n\n${meaning}\n\n${entries.map(section).join('\n\n')}`];
  });
  const overview = Object.entries(failures).map(([name, failure]) => [
    `[${code(name)}](#${anchorOf(name)})`,
    scopes[failure.scope].title,
    fateOf(failure),
  ]);
  return `# Failures

Every failure has a code, which stands in log lines, metrics and errors. What is not proven loaded is delivered again.

${table(['code', 'concerns', 'what becomes of it'], overview)}

${chapters.join('\n\n')}
`;
}

const section = ([name, failure]: readonly [string, Failure]) =>
  `### ${name}\n\n${failure.says}\n\n**What becomes of it:** ${fateOf(failure)}. **What to do:** ${failure.remedy}`;
