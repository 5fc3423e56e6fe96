import { systemClock } from '../../src/kit/clock.ts';
import { invocation } from '../invocation.ts';
import { openStatus, type StatusAsked } from '../status/opened.ts';
import { lookAround } from '../status/overview.ts';
import { createRoutes } from './api.ts';
import { pageFiles } from './page-files.ts';
import { createSamples } from './samples.ts';
import { type ConsoleServer, startServer } from './server.ts';

export interface ConsoleAsked extends StatusAsked {
  /** 0: any free one. */
  readonly port: number;
  /** Seconds between two looks. */
  readonly every: number;
}

/** So far back plots of queues and lag reach. */
const pastS = 3600;

/**
 * Serves the page, and looks at the sink until it is closed.
 *
 * @throws SinkError OPTIONS_INVALID; the system's error: the port is in use
 */
export async function openConsole(
  asked: ConsoleAsked,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ConsoleServer> {
  const files = await pageFiles();
  const opened = await openStatus(asked, env);
  const until = new AbortController();
  const { now } = systemClock;
  const samples = createSamples({
    ...{ look: () => lookAround(opened), clock: systemClock },
    ...{ pauseMs: asked.every * 1000, most: Math.ceil(pastS / asked.every) },
  });
  const { stack, region, endpoint, config } = asked;
  const { bucket, rowsQueueUrl: queueUrl } = opened.place;
  const where = { stack, region, endpoint, config, bucket, queueUrl, program: invocation({ env, argv: process.argv }) };
  const server = await startServer(asked.port, files, createRoutes({ opened, where, samples, now })).catch(
    (error: unknown) => {
      opened.close();
      throw error;
    },
  );
  const looking = samples.run(until.signal);
  return {
    url: server.url,
    async close() {
      until.abort();
      await server.close();
      await looking;
      opened.close();
    },
  };
}
