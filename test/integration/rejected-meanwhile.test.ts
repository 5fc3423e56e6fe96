import { PassThrough, Readable } from 'node:stream';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRejectedCommand } from '../../cli/rejected/rejected-command.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { drainDeadLetters } from '../../local/aws/queues.ts';
import { sqsRecord } from '../builders.ts';
import { openWorkers } from './delivery-world.ts';

let world: Awaited<ReturnType<typeof openWorkers>>;
let sql: mysql.Connection;
beforeAll(async () => {
  world = await openWorkers();
  sql = await mysql.createConnection({ host: '127.0.0.1', port: world.starrocks.queryPort, user: 'root' });
});
afterAll(async () => {
  await sql.end();
  await world.close();
});

async function resend(table: string, ...words: readonly string[]) {
  const stdout = new PassThrough();
  const terminal = { stdin: Readable.from([]), stdout, stderr: new PassThrough(), env: {}, exitCode: 0 };
  const { bucket, rowsQueueUrl } = world.resources;
  const place = ['--bucket', bucket, '--queue-url', rowsQueueUrl, '--endpoint', world.aws.endpoint];
  await createRejectedCommand(terminal as unknown as Terminal).parseAsync(
    ['resend', '--table', `d.${table}`, '--yes', ...words, ...place],
    { from: 'user' },
  );
  return { exitCode: terminal.exitCode, out: String(stdout.read() ?? '') };
}

/** A table that is too narrow for one of two rows, and their message. */
async function narrow(name: string) {
  await sql.query(`CREATE TABLE d.${name} (id BIGINT NOT NULL, v INT) DUPLICATE KEY(id)`);
  const body = '{"id":1,"v":1}\n{"id":2,"v":3000000000}';
  return sqsRecord({ messageId: name, body, attributes: { table: name } });
}

async function widen(name: string): Promise<void> {
  await sql.query(`DROP TABLE d.${name}`);
  await sql.query(`CREATE TABLE d.${name} (id BIGINT NOT NULL, v BIGINT) DUPLICATE KEY(id)`);
}

describe('rows that were kept aside, of a message that came again', () => {
  it('are not sent unasked when a later delivery found them good, and loaded them', async () => {
    const record = await narrow('meanwhile');
    const fault = world.starrocks.faults.add({ on: 'begin', times: 1000, do: { kind: 'close' } });
    expect(await world.worker().ingest([record])).toEqual(['meanwhile']);
    fault.remove();
    await widen('meanwhile');
    expect(await world.worker().ingest([record])).toEqual([]);
    expect(await world.rows('meanwhile')).toEqual(['1=1', '2=3000000000']);

    const refused = await resend('meanwhile');
    expect(refused).toMatchObject({ exitCode: 1, out: expect.stringMatching(/not sent\. Another delivery.*--sure/) });
    expect(await drainDeadLetters(world.sqs, world.resources.rowsQueueUrl)).toEqual([]);
    expect(await resend('meanwhile', '--sure')).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('1 rows sent'),
    });
  });

  it('are sent when the delivery that kept them loaded the others', async () => {
    const record = await narrow('usual');
    const fault = world.starrocks.faults.add({ on: 'begin', times: 1000, do: { kind: 'close' } });
    expect(await world.worker().ingest([record])).toEqual(['usual']);
    fault.remove();
    expect(await world.worker().ingest([record])).toEqual([]);
    expect(await world.rows('usual')).toEqual(['1=1']);
    expect(await resend('usual')).toMatchObject({ exitCode: 0, out: expect.stringContaining('1 rows sent') });
  });

  it.each([
    ['directly', true],
    ['directly', false],
    ['staged', true],
    ['staged', false],
  ])(
    'that StarRocks found, of rows loaded %s, are not sent unasked either (the table was changed: %s)',
    async (way, isChanged) => {
      const table = `${way}${isChanged}`;
      const record = await narrow(table);
      const options = { 'sink.check-rows': 'pass', ...(way === 'staged' ? { 'sink.stage-above-bytes': 0 } : {}) };
      if (way === 'staged') expect(await world.worker({ options }).ingest([record])).toEqual([]);
      const pointers = await world.pointers();
      const deliver = (when: { readonly aheadMs?: number }) => {
        const worker = world.worker({ options, ...when });
        return way === 'staged' ? worker.load(pointers) : worker.ingest([record]);
      };
      // It finds the bad row, and S3 takes no decision.
      world.aws.faults.add({ action: 'PutObject', where: /decisions/, status: 403, code: 'AccessDenied', times: 1000 });
      expect(await deliver({})).toHaveLength(1);
      world.aws.faults.clear();
      if (isChanged) await widen(table);
      // So late that the first is taken for dead.
      expect(await deliver({ aheadMs: 7_200_000 })).toEqual([]);
      expect(await world.rows(table)).toEqual(isChanged ? ['1=1', '2=3000000000'] : ['1=1']);
      const { exitCode, out } = await resend(table);
      expect([exitCode, out]).toEqual(
        isChanged ? [1, expect.stringContaining('--sure')] : [0, expect.stringContaining('1 rows sent')],
      );
    },
  );
});
