import type { SQSRecord } from 'aws-lambda';
import { expect } from 'vitest';
import type { DecodeRules } from '../../src/messages/decode.ts';
import { MemoryBudget } from '../../src/messages/memory-budget.ts';
import { decodeAnywhere } from '../../src/messages/payload.ts';
import { UsualMessages } from '../../src/messages/usual-messages.ts';
import type { Chunk, Decoded } from '../../src/rows/chunk.ts';

export const rules: DecodeRules = {
  maxInflatedBytes: 1000,
  defaultFormat: undefined,
  csv: { columnSeparator: '\t', rowDelimiter: '\n' } as DecodeRules['csv'],
};

/** Without what only says which chunks are alike, who looked at them, and what every chunk is told later. */
export const told = ({ alike: _, from: __, seen: ___, ...chunk }: Chunk) => chunk;

/** Holds what messages become against decoding. @out  the chunks of those that were read without it */
export function hold(records: readonly SQSRecord[], given: DecodeRules, bytes = 1e6): readonly [Chunk, Chunk][] {
  const usual = new UsualMessages(given);
  const [budget, own] = [new MemoryBudget(bytes), new MemoryBudget(bytes)];
  const read: [Chunk, Chunk][] = [];
  for (const record of records) {
    usual.begin();
    const found = usual.read(record, budget);
    const decoded = decodeAnywhere(record, given, undefined, { budget: own }) as Decoded;
    if (!found) decodeAnywhere(record, given, undefined, { budget });
    expect(budget.roomFor(1e9)).toBe(own.roomFor(1e9));
    if (found) {
      const chunks = decoded.ok ? decoded.chunks : expect.fail('It was not to be decoded.');
      expect([told(found)]).toEqual(chunks.map(told));
      expect(found.from).toBe(record.eventSourceARN);
      read.push([found, chunks[0]]);
    } else usual.learn(record, decoded);
  }
  return read;
}
