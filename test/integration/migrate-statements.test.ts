import { expect, it } from 'vitest';
import { type Patience, runStatements } from '../../src/mysql/apply.ts';
import { readRecording } from '../contract/replay/recording.ts';
import { fakeClock } from '../unit/scripted-starrocks.ts';
import { type SqlAnswer, serveSql } from './scripted-query-port.ts';

const alter = 'ALTER TABLE `shop`.`dup4` ADD COLUMN `a` INT NULL';

const [busy] = readRecording('alter-add-column').exchanges.flatMap(({ request, response }) =>
  request?.sql?.includes('while_busy') && response?.error ? [response.error] : [],
);
const busyAnswer: SqlAnswer = { errno: busy?.errno ?? 0, message: busy?.message ?? '' };

/** Runs statements on a query port that gives these answers in turn, the last one again and again. */
async function run(answers: readonly SqlAnswer[], statements = [alter]) {
  let asked = 0;
  const { host, queries } = await serveSql(() => answers[Math.min(asked++, answers.length - 1)] ?? 'ok');
  const told: string[] = [];
  const clock = fakeClock();
  const patience: Patience = { clock, tell: (line) => told.push(line) };
  const target = { jdbcUrl: `jdbc:mysql://${host}`, user: 'root', password: '' };
  const failure = await runStatements(target, statements, patience).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { failure, told, queries, waitedMs: clock.now() };
}

it('waits while a schema change is in progress, and says so once', async () => {
  const { failure, told, queries } = await run([busyAnswer, busyAnswer, 'ok']);
  expect(failure).toBeUndefined();
  expect(queries).toEqual([alter, alter, alter]);
  expect(told).toEqual([
    expect.stringMatching(/^-- Waiting for at most 300 s: .*schema change operation is in progress on the table dup4/),
  ]);
});

it('waits for earlier releases too, which say it otherwise', async () => {
  const old = { errno: 1064, message: "Table[dup4]'s state is not NORMAL. Do not allow doing ALTER ops" };
  expect(await run([old, 'ok'])).toMatchObject({ failure: undefined, queries: [alter, alter] });
});

it('gives up after five minutes, with the statement, the reason and what to do', async () => {
  const { failure, waitedMs } = await run([busyAnswer]);
  expect(waitedMs).toBeLessThanOrEqual(300_000);
  expect(failure).toMatchObject({
    code: 'MIGRATION_APPLY_FAILED',
    detail: expect.stringMatching(/^Statement 1 of 1, ALTER TABLE .*300 s.*schema change operation is in progress/),
  });
});

it('does not repeat what is refused for good, and says which GRANT is missing', async () => {
  const refusal = {
    errno: 5203,
    message: 'Access denied; you need (at least one of) the ALTER privilege(s) on TABLE dup4 for this operation.',
  };
  const { failure, queries } = await run([refusal]);
  expect(queries).toEqual([alter]);
  expect(failure).toMatchObject({
    code: 'MIGRATION_APPLY_FAILED',
    detail: expect.stringContaining("GRANT ALTER ON TABLE shop.dup4 TO USER 'root'@'%'."),
  });
});
