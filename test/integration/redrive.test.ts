import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedriveCommand } from '../../cli/redrive/redrive.ts';
import { message, openWorkers, rowsOf, sorted } from './delivery-world.ts';

let world: Awaited<ReturnType<typeof openWorkers>>;
beforeAll(async () => {
  world = await openWorkers();
});
afterAll(() => world.close());

const records = (table: string) => [message('m1', table, rowsOf(1, 5), `${table}-c1`)];
const expected = rowsOf(1, 5).map(({ id }) => String(id));

/** Everything that the command prints. */
async function redrive(...rawArgs: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const surroundings = {
    env: world.worker().environment,
    print: (text: string) => void printed.push(text),
    aws: world.aws.clientConfig,
  };
  await createRedriveCommand(surroundings).parseAsync(rawArgs, { from: 'user' });
  return printed.join('\n');
}

/** A worker that dies between its decision and its commit, or behind the commit. */
async function decided(table: string, before: 'call' | 'answer') {
  const match = { label: new RegExp(`-${table}-`) };
  world.starrocks.faults.add({ on: 'commit', at: 'fe', match, do: { kind: 'hold', before } });
  const arrived = world.starrocks.spy.waitFor(
    ({ operation, at, label: of }) => operation === 'commit' && at === 'fe' && match.label.test(of),
  );
  let hasArrived = false;
  void arrived.then(() => {
    hasArrived = true;
  });
  // On a busy machine a worker may give its messages back before it comes so far; then they come again.
  const work = async (): Promise<void> => {
    await world.worker().ingest(records(table));
    if (!hasArrived) await work();
  };
  void work();
  const { label } = await arrived;
  return { label, batch: label.slice(0, label.lastIndexOf('-')) };
}

/** Its transaction is aborted, or committed, and StarRocks has forgotten which. */
async function undecided(table: string, was: 'aborted' | 'committed') {
  const { label, batch } = await decided(table, was === 'aborted' ? 'call' : 'answer');
  if (was === 'aborted') world.starrocks.faults.abort('d', label, 'by an operator');
  else await world.visible(table);
  world.starrocks.faults.evictLabels(1000);
  return { label, batch };
}

describe('a batch of which nobody can tell', () => {
  it('is told by the sweep with all that is known, and its messages wait', async () => {
    const table = await world.createTable();
    const { label, batch } = await undecided(table, 'aborted');
    const sweep = world.worker();
    await sweep.sweep();
    expect(sweep.counts).toMatchObject({ Undecided: 1, InDoubt: 0 });
    expect(sweep.events).toContainEqual(
      expect.objectContaining({ message: 'undecided', code: 'UNDECIDED', batch, label, database: 'd', table }),
    );
    const worker = world.worker();
    expect(await worker.ingest(records(table))).toEqual(['m1']);
    expect(worker.counts['Undecided']).toBe(1);
    await redrive('--batch', batch, '--assume', 'not-loaded', '--yes');
  });

  it('is decided by a person who did not find its rows: they are loaded once when their messages come again', async () => {
    const table = await world.createTable();
    const { label, batch } = await undecided(table, 'aborted');
    const shown = await redrive('--batch', batch);
    for (const fact of [batch, label, `d.${table}`, 'commit, 20', 'UNKNOWN', 'nobody can tell']) {
      expect(shown).toContain(fact);
    }
    const word = ['--batch', batch, '--assume', 'not-loaded'];
    expect(await redrive(...word)).toContain(`With --yes, would write decisions/${batch} = {"state":"void"}`);
    expect(await world.worker().ingest(records(table))).toEqual(['m1']);

    expect(await redrive(...word, '--yes')).toContain(`Wrote decisions/${batch} = {"state":"void"}`);
    expect(await world.worker().ingest(records(table))).toEqual([]);
    expect(await world.worker().ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
    await world.worker().sweep();
    expect(await redrive()).toBe('Nothing is in doubt.');
  });

  it('is decided by a person who found its rows: its messages are acked, and nothing is loaded again', async () => {
    const table = await world.createTable();
    const { batch } = await undecided(table, 'committed');
    expect(await world.worker().ingest(records(table))).toEqual(['m1']);
    const printed = JSON.parse(await redrive('--batch', batch, '--assume', 'loaded', '--yes', '--json'));
    expect(printed).toMatchObject({ isWritten: true, batches: [{ batch, table, standing: 'undecided' }] });
    expect(await world.worker().ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
    const sweep = world.worker();
    await sweep.sweep();
    expect(sweep.counts['Undecided']).toBeUndefined();
    expect(await redrive('--json')).toBe('{"batches":[]}');
  });
});

describe('a batch of which nobody can tell, and whose marker is gone', () => {
  it.each<[string, (batch: string, label: string, table: string) => string[]]>([
    ['itself', (batch) => ['--batch', batch]],
    ['its label', (_, label) => ['--label', label]],
    ['the chunk of a message', (_, __, table) => ['--chunk', `${table}-c1`, '--table', `d.${table}`]],
  ])('is found by %s, and takes a word', async (_, namedBy) => {
    const table = await world.createTable();
    const { label, batch } = await undecided(table, 'committed');
    const [marker = ''] = (await world.keys('in-doubt/')).filter((key) => key.includes(label));
    await world.s3.send(
      new DeleteObjectCommand({ Bucket: world.resources.bucket, Key: marker.slice(0, marker.lastIndexOf(' ')) }),
    );
    const name = namedBy(batch, label, table);
    expect(await redrive(...name)).toMatch(new RegExp(`${batch}.*d.${table}.*${label}.*commit.*UNKNOWN`, 's'));
    expect(await redrive(...name, '--assume', 'loaded', '--yes')).toContain(`Wrote decisions/${batch}`);
    expect(await world.worker().ingest(records(table))).toEqual([]);
    expect(sorted(await world.rows(table))).toEqual(expected);
  });
});

describe('redrive', () => {
  it('assumes nothing of a batch that the sweep can settle, and says what it knows', async () => {
    const table = await world.createTable();
    const { batch } = await decided(table, 'call');
    const word = redrive('--batch', batch, '--assume', 'not-loaded', '--yes');
    await expect(word).rejects.toThrow(/is not undecided.*PREPARED.*the next sweep commits it/s);
    await world.worker().sweep();
    expect(sorted(await world.rows(table))).toEqual(expected);
  });

  it('assumes nothing while StarRocks does not answer', async () => {
    const table = await world.createTable();
    const { batch } = await undecided(table, 'committed');
    const fault = world.starrocks.faults.add({ on: 'get_load_state', times: 1000, do: { kind: 'close' } });
    await expect(redrive('--batch', batch, '--assume', 'loaded', '--yes')).rejects.toThrow(/not told: /);
    fault.remove();
    await redrive('--batch', batch, '--assume', 'loaded', '--yes');
  });

  it.each<[string, readonly string[], RegExp]>([
    ['an option that it does not know', ['--asume', 'loaded'], /'--asume'\n\(Did you mean --assume\?\)/],
    ['a stray word', ['loaded'], /Expected 0 arguments but got 1: loaded/],
    ['an option without its value', ['--batch'], /'--batch <batch>' argument missing/],
    ['an assumption about everything', ['--assume', 'loaded', '--yes'], /--assume needs --batch/],
    ['two names of a batch', ['--batch', 'b', '--label', 'l'], /Name one batch/],
    ['a chunk without its table', ['--chunk', 'c'], /Name one batch/],
    ['a chunk that nobody holds', ['--chunk', 'c', '--table', 'd.t'], /No batch holds the chunk c of d.t/],
    ['an assumption that is none', ['--batch', 'b', '--assume', 'maybe'], /assume/],
    ['a batch that is not there', ['--batch', 'b', '--assume', 'loaded'], /Nothing of batch b is in doubt/],
  ])('refuses %s', async (_, rawArgs, words) => {
    await expect(redrive(...rawArgs)).rejects.toThrow(words);
  });
});
