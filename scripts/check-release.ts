import { readFileSync } from 'node:fs';

/**
 * Says why a tag is not to be published.
 *
 * @in   tag: e.g. `v1.2.3`; changelog: text of CHANGELOG.md
 */
export function releaseProblem(tag: string, version: string, changelog: string): string | undefined {
  if (tag !== `v${version}`)
    return `The tag is ${tag}, and package.json says ${version}: tag v${version}, or change the version.`;
  const [first] = /^## .*$/m.exec(changelog) ?? [];
  if (first !== `## ${version}`) return `CHANGELOG.md begins with '${first ?? 'nothing'}', expected '## ${version}'.`;
  return undefined;
}

if (import.meta.main) {
  const text = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
  const { version } = JSON.parse(text('package.json'));
  const problem = releaseProblem(process.argv[2] ?? '', version, text('CHANGELOG.md'));
  if (problem !== undefined) {
    console.error(problem);
    process.exitCode = 1;
  }
}
