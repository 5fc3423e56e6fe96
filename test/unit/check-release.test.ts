import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { releaseProblem } from '../../scripts/check-release.ts';

const changelog = '# Changelog\n\n## 1.2.3\n\n- A change.\n\n## 1.2.2\n';

it('publishes the version that package.json and the changelog name, and no other', () => {
  expect(releaseProblem('v1.2.3', '1.2.3', changelog)).toBeUndefined();
  expect(releaseProblem('v1.2.4', '1.2.3', changelog)).toContain('tag v1.2.3, or change the version');
  expect(releaseProblem('v1.2.2', '1.2.2', changelog)).toContain("begins with '## 1.2.3', expected '## 1.2.2'");
});

it('may publish this version as soon as it is tagged', () => {
  const own = readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8');
  expect(releaseProblem(`v${packageJson.version}`, packageJson.version, own)).toBeUndefined();
});
