import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hasTerminal } from '../surroundings.ts';

let folder: string;
let queue: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-terminal-'));
  await writeFile(join(folder, 'rows.json'), '{"id":1}\n');
  // Takes a request, and never answers.
  queue = createServer(() => undefined);
  await once(queue.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  queue.closeAllConnections();
  queue.close();
  await rm(folder, { recursive: true, force: true });
});

/** ECMA-48, private modes 25 and 7 of DEC terminals: whether the cursor is shown, and long lines are wrapped. */
const marks = { cursor: /\[\?25([hl])/g, wrapping: /\[\?7([hl])/g };
const lastOf = (mark: RegExp, out: string) => [...out.matchAll(mark)].at(-1)?.[1];

it.skipIf(!hasTerminal())('send gives the terminal back as it was when Ctrl-C ends it amid a bar', async () => {
  const main = join(import.meta.dirname, '../../cli/main.ts');
  const url = `http://127.0.0.1:${(queue.address() as AddressInfo).port}/000000000000/rows`;
  const line = `'${process.execPath}' '${main}' send rows.json --table t --queue-url ${url}`;
  // A terminal, which gives Ctrl-C to whoever runs in it.
  const terminal = spawn('script', ['-qefc', line, '/dev/null'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  const isAsked = once(queue, 'request');
  terminal.stdout.on('data', (bytes) => {
    out += bytes;
  });
  await isAsked;
  expect([lastOf(marks.cursor, out), lastOf(marks.wrapping, out)]).toEqual(['l', 'l']);
  terminal.stdin.write('\x03');
  const [code] = await once(terminal, 'close');
  expect([lastOf(marks.cursor, out), lastOf(marks.wrapping, out)]).toEqual(['h', 'h']);
  expect(code).toBe(130);
});
