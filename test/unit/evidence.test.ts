import { describe, expect, it } from 'vitest';
import { holdsTitle, readEvidence } from '../evidence.ts';

describe.each([
  ['docs/delivery.md', 50],
  ['SECURITY.md', 20],
])('%s', (page, least) => {
  const evidence = readEvidence(page);

  it('names tests by the dozen', () => {
    expect(evidence.length).toBeGreaterThan(least);
  });

  it.each(evidence)('names a test that is there: %s › %s', (file, title) => {
    expect(holdsTitle(file, title)).toBe(true);
  });
});
