import { constants, existsSync } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { splitSettings } from '../../infra/deployment-table.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { SinkError } from '../../src/kit/errors.ts';
import { parseOptions, type RawOptions } from '../../src/options/parse.ts';
import { optionsFromVariables } from '../../src/options/sources.ts';
import { awsAccess } from '../aws-access.ts';
import { checkHere, tellFindings } from '../check/check.ts';
import type { Terminal } from '../terminal.ts';
import { type Ask, createAsk, gone } from './ask.ts';
import { problemOf, type Question, questions } from './questions.ts';
import { createSecret } from './secret.ts';

export interface InitAsked {
  readonly config: string;
  /** Answers by the names of the options. */
  readonly given: Readonly<Record<string, string | undefined>>;
  readonly option?: Readonly<Record<string, string>> | undefined;
  readonly createSecret?: true | undefined;
  readonly check: boolean;
  readonly force?: true | undefined;
  readonly dryRun?: true | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly timeoutS: number;
  readonly json?: true | undefined;
}

/** Never in a file: it is committed, and read by whoever deploys. */
const notWritten = new Set(['username', 'password']);

/** @out  exit code: 1 when the person went away, or the check found something that would keep rows from being loaded */
export async function runInit(asked: InitAsked, terminal: Terminal): Promise<number> {
  const { config, force, dryRun } = asked;
  if (existsSync(config) && !force && !dryRun)
    throw new SinkError(
      'OPTIONS_INVALID',
      `${config} is there already: give --force to write it anew, or another --config.`,
    );
  const answers = await answersOf(asked, terminal);
  if (answers === gone) {
    terminal.stderr.write('The questions were not answered, so nothing was written.\n');
    return 1;
  }
  const options: RawOptions = {
    ...Object.fromEntries(Object.entries(answers).filter(([name]) => !notWritten.has(name))),
    ...asked.option,
  };
  const { options: ofSink, problems } = splitSettings(withAnyTable(options));
  const parsed = parseOptions({ 'sink.bucket': 'made-when-deployed', ...ofSink });
  const found = [...problems, ...(parsed.ok ? [] : parsed.problems)];
  if (found.length > 0) throw new SinkError('OPTIONS_INVALID', found.join('\n'));
  // Before the secret is made: nothing is left behind by a file that cannot be written.
  if (!dryRun) await access(dirname(resolve(config)), constants.W_OK);
  const aws = awsAccess(asked, terminal.env);
  const { username = 'root', password = '' } = answers;
  const secret =
    asked.createSecret && !dryRun
      ? await createSecret(answers['sink.secret-id'] ?? '', { username, password }, aws)
      : undefined;
  const text = `${JSON.stringify({ $schema: schemaFor(config), ...withAnyTable(options) }, null, 2)}\n`;
  if (!dryRun) await writeFile(config, text);
  const { 'sink.secret-id': _, ...unsealed } = ofSink as Record<string, unknown>;
  const deadlineMs = systemClock.now() + asked.timeoutS * 1000;
  const findings = asked.check ? await checkHere({ ...unsealed, username, password }, undefined, aws, deadlineMs) : [];
  const isWell = findings.every(({ level }) => level !== 'failure');
  const told = { config, isWritten: !dryRun, options: JSON.parse(text), secret, isWell, findings };
  terminal.stdout.write(asked.json ? `${JSON.stringify(told)}\n` : `${lines(told, asked)}\n`);
  return isWell ? 0 : 1;
}

/** Without a table of its own the sink fills those that messages name. */
const withAnyTable = (options: RawOptions): RawOptions =>
  options['table-name'] === undefined && options['sink.tables.allow'] === undefined
    ? { ...options, 'sink.tables.allow': options['database-name'] ? `${options['database-name']}.*` : '*.*' }
    : options;

async function answersOf({ given, option = {} }: InitAsked, terminal: Terminal) {
  const before = { ...optionsFromVariables(terminal.env), ...option };
  const asking = terminal.stdin.isTTY ? createAsk(terminal) : undefined;
  const answers: Record<string, string> = {};
  try {
    for (const question of questions) {
      const said = given[question.name] ?? before[question.name];
      const answer = await answerTo(question, said === undefined ? undefined : String(said), answers, asking?.ask);
      if (answer === gone) return gone;
      if (answer !== undefined) answers[question.name] = answer;
    }
    return answers;
  } finally {
    asking?.close();
  }
}

/** @throws SinkError OPTIONS_INVALID: an answer that is none, and nobody to ask */
async function answerTo(
  question: Question,
  said: string | undefined,
  answers: RawOptions,
  ask: Ask | undefined,
): ReturnType<Ask> {
  const usual = question.usual(answers);
  if (said === undefined && ask !== undefined) return ask(question, usual);
  const answer = said ?? usual;
  const problem = problemOf(question, answer);
  if (problem !== undefined) throw new SinkError('OPTIONS_INVALID', problem);
  return answer;
}

/** Where editors find the names of options, as seen from the file. */
function schemaFor(config: string): string {
  const candidates = ['../../docs/sink.schema.json', '../../../docs/sink.schema.json'];
  const found = candidates.map((each) => fileURLToPath(new URL(each, import.meta.url))).find(existsSync);
  const path = relative(dirname(resolve(config)), found ?? 'docs/sink.schema.json');
  return path.startsWith('.') ? path : `./${path}`;
}

interface Told {
  readonly config: string;
  readonly isWritten: boolean;
  readonly options: RawOptions;
  readonly secret: 'made' | 'there' | undefined;
  readonly findings: Parameters<typeof tellFindings>[0];
}

function lines({ config, isWritten, options, secret, findings }: Told, { createSecret: isAsked }: InitAsked): string {
  const name = options['sink.secret-id'];
  const ofSecret = {
    made: `The secret ${name} was made.`,
    there: `The secret ${name} is there already, and was left as it is.`,
  };
  return [
    isWritten ? `Wrote ${config}.` : `Would write ${config}:\n${JSON.stringify(options, null, 2)}`,
    ...(secret ? [ofSecret[secret]] : []),
    ...(isAsked
      ? []
      : [`The secret ${name} is expected to hold {"username": …, "password": …}; --create-secret makes it.`]),
    ...(findings.length > 0 ? [tellFindings(findings)] : []),
    `Next: npx cdk deploy -c config=${config}`,
  ].join('\n');
}
