import type { Backend, Cluster } from '../cluster.ts';
import type { Struck } from '../faults.ts';
import type { Answer, Exchange } from './http.ts';
import type { Progress } from './load-context.ts';
import { LoadFailure } from './load-failure.ts';
import { type TransactionCall, transactionReply } from './replies.ts';

/** A transaction call at a backend. */
export interface Transacting {
  readonly exchange: Exchange;
  readonly backend: Backend;
  readonly cluster: Cluster;
  readonly struck: Struck;
  readonly label: string;
}

export const reply = (call: TransactionCall, progress: Progress, failure?: LoadFailure): Answer => ({
  status: 200,
  text: transactionReply(call, progress, failure),
});

export const inProcessing = () => new LoadFailure('TXN_IN_PROCESSING', 'Transaction is in processing');
