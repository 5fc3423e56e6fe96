import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventKind, RowsEvent } from '../events.ts';
import type { NullSink } from '../sink-process.ts';
import type { Peer, PeerSpent } from './jvm.ts';

/** Starts the ingest function in a process of its own. What is asked of it is a number of events. */
export async function startOurs(sink: NullSink, kind: EventKind, event: RowsEvent): Promise<Peer> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'bench-'));
  const file = join(folder.path, 'event.json');
  await writeFile(file, event.json);
  const child = fork(new URL('./ours-process.ts', import.meta.url), [sink.frontend, kind, file], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: ['--expose-gc'],
  });
  const ended = once(child, 'exit');
  return {
    async run(line) {
      const answer = once(child, 'message');
      child.send(Number(line));
      const failed = ended.then(() => Promise.reject(new Error('The ingest function ended by itself.')));
      const [spent] = await Promise.race([answer, failed]);
      return spent as PeerSpent;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await folder.remove();
    },
  };
}
