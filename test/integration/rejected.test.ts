import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStack } from './delivery-world.ts';
import { allFive, byId, folder, rejected, rowsWithBad, useFolder } from './rejected-world.ts';

useFolder();

describe.each(['exactly-once', 'at-least-once'])('rejected rows, %s', (semantic) => {
  let sink: Awaited<ReturnType<typeof openStack>>;
  beforeAll(async () => {
    sink = await openStack({ options: { 'sink.semantic': semantic } });
  });
  afterAll(() => sink.close());

  async function tableWithBad(bad: readonly number[]): Promise<string> {
    const table = await sink.createTable();
    await sink.send(table, rowsWithBad(bad));
    await sink.idle();
    return table;
  }

  it('are listed with counts, and shown with all that is known of them', async () => {
    const table = await tableWithBad([2, 4]);
    const { out } = await rejected(sink, ['list', '--table', `d.${table}`, '--json']);
    const { groups } = JSON.parse(out);
    const today = new Date().toISOString().slice(0, 10);
    expect(groups).toEqual([
      {
        ...{ table: `d.${table}`, day: today, code: 'VALUE_UNFIT', count: 2, resent: 0 },
        names: [expect.stringMatching(new RegExp(`^d\\.${table}/${today}/[0-9a-f]{32}-read$`))],
      },
    ]);
    const lines = await rejected(sink, ['list', '--table', `d.${table}`, '--show-names']);
    expect(lines.out).toMatch(new RegExp(`${today}  d\\.${table}  +VALUE_UNFIT  +2  +0\\n  ${groups[0].names[0]}\\n`));
    const shown = await rejected(sink, ['show', groups[0].names[0]]);
    for (const fact of [
      /row +2 of its message/,
      /code +VALUE_UNFIT/,
      /reason +Row 2: column 'v'/,
      /column +v\n/,
      /message +[0-9a-f-]{36}\n/,
      /source +arn:aws:sqs:.*:rows\n/,
      /time +20/,
      /text +\{"id":2,"v":"hunter2-2"\}/,
    ])
      expect(shown.out).toMatch(fact);
    const lately = await rejected(sink, ['list', '--table', `d.${table}`, '--since', '2h', '--json']);
    expect(JSON.parse(lately.out)).toEqual({ groups });
    const days = ['--since', '2020-01-01', '--until', '2020-02-01'];
    expect((await rejected(sink, ['list', '--table', `d.${table}`, ...days])).out).toBe('Nothing was rejected.\n');
    expect((await rejected(sink, ['list', '--until', '2020-01-01'])).out).toBe('Nothing was rejected.\n');
    expect((await rejected(sink, ['list', '--code', 'ROW_NOT_JSON'])).out).toBe('Nothing was rejected.\n');
    expect(await rejected(sink, ['show', 'd.nothing'])).toMatchObject({
      exitCode: 2,
      told: expect.stringContaining('Nothing rejected has the name d.nothing'),
    });
  });

  it('are exported, corrected, looked at, sent, and in the table beside the others', async () => {
    const table = await tableWithBad([2, 4]);
    const file = join(folder, `${table}.ndjson`);
    await rejected(sink, ['export', '--table', `d.${table}`, '--with-reasons', '--out', file]);
    const text = await readFile(file, 'utf8');
    const asked = ['export', '--table', `d.${table}`, '--json'];
    const { count, rows } = JSON.parse((await rejected(sink, asked)).out);
    expect([count, rows]).toEqual([
      2,
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ]);
    expect(JSON.parse((await rejected(sink, [...asked, '--out', file, '--with-reasons'])).out)).toEqual({
      ...{ count: 2, wholeMessages: 0, file },
    });
    expect(text.match(/"value":\{"id":\d,"v":"hunter2-\d"\}\}\n/g)).toHaveLength(2);
    await writeFile(file, text.replace(/"hunter2-(\d)"/g, '$1'));

    const words = ['resend', '--table', `d.${table}`, '--rows', file];
    const dry = await rejected(sink, words);
    expect(dry).toMatchObject({ exitCode: 0, out: expect.stringMatching(/2 rows would be sent\nNothing was sent\./) });
    expect(dry.out).toContain(` rejected resend --table d.${table} `);
    expect(dry.out).toMatch(new RegExp(` --rows ${file} --yes\\n$`));
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(['1=1', '3=3', '5=5']);

    const sent = await rejected(sink, [...words, '--yes']);
    expect(sent).toMatchObject({ exitCode: 0, out: expect.stringMatching(/2 rows sent\n$/) });
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(allFive);
    expect(JSON.parse((await rejected(sink, ['list', '--table', `d.${table}`, '--json'])).out).groups).toMatchObject([
      { count: 2, resent: 2 },
    ]);
  });

  it('are not sent twice unless somebody says so', async () => {
    const table = await tableWithBad([3]);
    const file = join(folder, `${table}.ndjson`);
    await writeFile(file, '{"id":3,"v":3}\n');
    const words = ['resend', '--table', `d.${table}`, '--rows', file, '--yes'];
    await rejected(sink, words);
    const again = await rejected(sink, words);
    expect(again).toMatchObject({ exitCode: 1, out: expect.stringMatching(/not sent\. It was sent at 20.*--again/) });
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(allFive);
  });

  it('are one chunk when they are bad again, and stand there with what is wrong now', async () => {
    const table = await tableWithBad([3]);
    const resend = (lines: string, name: string) => {
      const file = join(folder, `${table}.ndjson`);
      return writeFile(file, lines).then(() => rejected(sink, ['resend', name, '--rows', file, '--yes']));
    };
    const names = async (): Promise<string[]> =>
      JSON.parse((await rejected(sink, ['list', '--table', `d.${table}`, '--json'])).out).groups.flatMap(
        (group: { names: string[] }) => group.names,
      );
    const [first = ''] = await names();
    await resend('{"id":3,"v":"hunter2 still"}\n', first);
    await sink.idle();
    const [second = ''] = (await names()).filter((name) => name !== first);
    await resend('{"id":3,"v":3}\n', second);
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(allFive);
  });

  it('are corrected in an editor, and those that are taken out are not sent', async () => {
    const table = await tableWithBad([2, 4]);
    const [{ names }] = JSON.parse((await rejected(sink, ['list', '--table', `d.${table}`, '--json'])).out).groups;
    const Editor = `sed -i -e /hunter2-4/d -e 's/"hunter2-2"/2/'`;
    const kept = JSON.parse((await rejected(sink, ['resend', ...names, '--edit', '--json'], { EDITOR: Editor })).out);
    expect(kept).toMatchObject({
      objects: [{ state: 'would be sent', rows: 1, leftOut: 1 }],
      rows: expect.any(String),
    });
    await rejected(sink, ['resend', ...names, '--rows', kept.rows, '--yes']);
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(['1=1', '2=2', '3=3', '5=5']);
    const failed = await rejected(sink, ['resend', ...names, '--edit', '--again'], { EDITOR: 'false' });
    expect(failed).toMatchObject({ exitCode: 2, told: expect.stringMatching(/The editor \(false\) ended with 1/) });
  });

  it.each([
    ['CSV', '"none;3"'],
    ['JSON', '{"id":3}'],
  ])('that came as CSV travel as they are written, beside rows that were corrected as %s', async (_, mends) => {
    const table = await sink.createTable();
    const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
    const csv = JSON.stringify({ column_separator: ';', enclose: "'", null: ['none'] });
    await sink.sqs.send(
      new SendMessageCommand({
        QueueUrl: sink.resources.rowsQueueUrl,
        MessageBody: "'1';1\n2;x;y\nnone;'none'\n",
        MessageAttributes: {
          ...{ database: attribute('d'), table: attribute(table), format: attribute('csv') },
          ...{ columns: attribute('v,id'), csv: attribute(csv) },
        },
      }),
    );
    await sink.idle();
    const words = ['resend', '--table', `d.${table}`, '--rows', join(folder, `${table}.ndjson`), '--yes'];
    const exported = await rejected(sink, ['export', '--table', `d.${table}`]);
    // What was JSON already when it was found to be bad lies beside what was not.
    expect(exported.out).toBe(`"2;x;y"\n{"v":null,"id":"none"}\n`);
    expect(await rejected(sink, ['resend', '--table', `d.${table}`])).toMatchObject({
      exitCode: 1,
      out: expect.stringMatching(/not sent\. Row 1: .*3 fields, expected 2/),
    });
    await writeFile(join(folder, `${table}.ndjson`), `"'2';2"\n${mends}\n`);
    await rejected(sink, words);
    await sink.idle();
    expect(byId(await sink.rows(table))).toEqual(['1=1', '2=2', '3']);
  });

  it('move no cursor and change no colour of the terminal that shows them', async () => {
    const table = await sink.createTable();
    await sink.send(table, [{ id: 1, v: 'x\u202e\u009b2J' }], { chunk: `${table}-\x7f` });
    await sink.idle();
    const { out } = await rejected(sink, ['show', '--table', `d.${table}`]);
    expect(out).toContain('x\\u202e\\x9b2J');
    expect(out).toContain(`${table}-\\x7f`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(out).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    const exported = await rejected(sink, ['export', '--table', `d.${table}`]);
    expect(JSON.parse(exported.out)).toEqual({ id: 1, v: 'x\u202e\u009b2J' });
  });

  it('become CSV that a spreadsheet reads', async () => {
    const table = await sink.createTable();
    await sink.send(table, [
      { id: 1, v: 'a,"b"' },
      { id: 12345678901234567890n, v: null, w: { x: [1.5] } },
    ]);
    await sink.idle();
    const { out } = await rejected(sink, ['export', '--table', `d.${table}`, '--as', 'csv']);
    expect(out).toBe('id,v,w\n1,"a,""b""",\n12345678901234567890,,"{""x"":[1.5]}"\n');
    const [names] = (
      await rejected(sink, ['export', '--table', `d.${table}`, '--as', 'csv', '--with-reasons'])
    ).out.split('\n');
    expect(names).toBe('_table,_time,_code,_reason,_column,_row,_message,_source,id,v,w');
  });
});
