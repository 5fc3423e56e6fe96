/**
 * The whole sink in the process of a test, without AWS and without Docker.
 *
 * @module starrocks-sink/testing
 */

import type { StartTestSink } from '../../local/test-sink.ts';

export type * from '../../local/test-sink.ts';
/** Starts a sink for tests. */
export declare const startTestSink: StartTestSink;
