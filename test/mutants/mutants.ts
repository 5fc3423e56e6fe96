import type { Mutant } from './mutant.ts';
import { ledgerMutants } from './of-ledger.ts';
import { pipelineMutants } from './of-pipeline.ts';
import { transactionMutants } from './of-transactions.ts';

export const mutants: readonly Mutant[] = [...transactionMutants, ...ledgerMutants, ...pipelineMutants];
