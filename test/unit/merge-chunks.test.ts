import { describe, expect, it } from 'vitest';
import { mergeChunks } from '../../src/messages/merge-chunks.ts';
import { newChunk } from '../../src/rows/chunk.ts';

const csv = (id: string, text: string, rows: number) => newChunk({ id, messageId: 'm', layout: 'csv', text, rows });

describe('the chunks of one message', () => {
  it('keep the text of every part, also of one that was merged before', () => {
    const [inner] = mergeChunks('m', [csv('a', '1,x\n', 1), csv('b', '2,y\n3,z\n', 2)]);
    const [whole, ...others] = mergeChunks('m', [inner, csv('c', '4,w\n', 1)]);
    expect(others).toEqual([]);
    expect(whole).toMatchObject({ rows: 4, bytes: 16, text: '' });
    expect(whole.parts?.map(({ text }) => text)).toEqual(['1,x\n', '2,y\n3,z\n', '4,w\n']);
  });
});
