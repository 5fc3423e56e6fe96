import { synthesize } from './synthesize.ts';

export const standard = synthesize({}).template();
export const fifo = synthesize({ fifo: true }).template();
