import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };
import lock from '../package-lock.json' with { type: 'json' };

const root = fileURLToPath(new URL('..', import.meta.url));

/** A package of somebody else that is part of what is published, or comes with it. */
interface Part {
  readonly name: string;
  readonly version: string;
  /** As SPDX writes it. */
  readonly license: string;
  /** Where it is installed here. */
  readonly folder: string;
  /** What it was bundled into; empty: npm installs it beside the package. */
  readonly bundledInto: readonly string[];
}

/** Takes what esbuild tells of a bundle. */
export type NoteBundle = (bundle: string, metafile: Metafile) => void;

/** Gathers, from what esbuild tells, whose code was bundled into what. */
export class BundledPackages {
  /** Bundles by the folder of a package, such as `node_modules/undici`. */
  readonly #bundles = new Map<string, Set<string>>();

  readonly note: NoteBundle = (bundle, { inputs }) => {
    for (const path of Object.keys(inputs)) {
      const folder = /(?:^|\/)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
      if (folder !== undefined) this.#bundles.set(folder, (this.#bundles.get(folder) ?? new Set()).add(bundle));
    }
  };

  /** @throws Error: a package has no version or licence, so that nobody may pass it on */
  async parts(): Promise<readonly Part[]> {
    const folders = [...new Set([...this.#bundles.keys(), ...installedFolders()])].sort();
    return Promise.all(folders.map((folder) => partOf(folder, [...(this.#bundles.get(folder) ?? [])].sort())));
  }
}

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
}

const packages = lock.packages as Readonly<Record<string, Locked | undefined>>;

/** What npm installs with the package: its dependencies, and theirs. */
function installedFolders(): readonly string[] {
  const found = new Set(Object.keys(packageJson.dependencies).map((name) => `node_modules/${name}`));
  // A set grows while it is walked.
  for (const folder of found) {
    for (const name of Object.keys(packages[folder]?.dependencies ?? {})) {
      const inside = `${folder}/node_modules/${name}`;
      found.add(packages[inside] ? inside : `node_modules/${name}`);
    }
  }
  return [...found];
}

async function partOf(folder: string, bundledInto: readonly string[]): Promise<Part> {
  const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
  if (typeof version !== 'string' || typeof license !== 'string')
    throw new Error(
      `${folder}/package.json names no version and licence: nobody can tell whether it may be passed on.`,
    );
  return { name, version, license, folder, bundledInto };
}

const purlOf = ({ name, version }: Pick<Part, 'name' | 'version'>) => `pkg:npm/${name.replace('@', '%40')}@${version}`;

const componentOf = (part: Part) => ({
  ...{ type: 'library', 'bom-ref': purlOf(part), name: part.name, version: part.version, purl: purlOf(part) },
  licenses: [/[ ()]/.test(part.license) ? { expression: part.license } : { license: { id: part.license } }],
  properties:
    part.bundledInto.length === 0
      ? [{ name: 'starrocks-sink:installed', value: 'by npm, beside the package' }]
      : part.bundledInto.map((value) => ({ name: 'starrocks-sink:bundled-into', value })),
});

/** A bill of materials in CycloneDX: the same parts make the same bill. @source CycloneDX 1.5 JSON reference */
function billOf(parts: readonly Part[]): object {
  const { name, version, license } = packageJson;
  const own = { type: 'library', 'bom-ref': purlOf({ name, version }), name, version, purl: purlOf({ name, version }) };
  const byRef = new Map(parts.map((part) => [purlOf(part), componentOf(part)]));
  return {
    ...{ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 },
    metadata: { component: { ...own, licenses: [{ license: { id: license } }] } },
    components: [...byRef.values()],
    dependencies: [{ ref: own['bom-ref'], dependsOn: [...byRef.keys()] }],
  };
}

const noticeFile = /^(licen[cs]e|copying|notice)/i;

/** The licences of everything that is bundled, with the texts that come with it, as they ask for; each text once. */
async function noticesOf(parts: readonly Part[]): Promise<string> {
  const bundled = parts.filter(({ bundledInto }) => bundledInto.length > 0);
  const texts = await Promise.all(bundled.map(async (part) => ({ part, text: await textOf(part) })));
  const sections = [...Map.groupBy(texts, ({ text }) => text)].map(([text, of]) => {
    const whose = of.map(({ part }) => `${part.name} ${part.version} (${part.license})`);
    return `${[...new Set(whose)].join('\n')}\n\n${text}`;
  });
  const head = `Code of these packages is part of the bundles of ${packageJson.name} ${packageJson.version}.`;
  return `${[head, ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

async function textOf(part: Part): Promise<string> {
  const files = (await readdir(join(root, part.folder))).filter((file) => noticeFile.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(root, part.folder, file), 'utf8')));
  return texts.length > 0 ? texts.map((text) => text.trim()).join('\n\n') : standardText(part);
}

const asIs = `THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const granted = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so`;

/** Packages that bring no text, by the licence that they name. @source the SPDX License List */
const standardTexts: Readonly<Record<string, () => Promise<string>>> = {
  MIT: async () =>
    `${granted}, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

${asIs}`,
  'MIT-0': async () => `${granted}.\n\n${asIs}`,
  'Apache-2.0': async () => (await readFile(join(root, 'LICENSE'), 'utf8')).trim(),
};

/** @throws Error: its text is not known here */
async function standardText({ folder, license }: Part): Promise<string> {
  const text = await standardTexts[license]?.();
  if (text === undefined) throw new Error(`${folder} brings no text of its licence, ${license}: add it here.`);
  const { author } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
  const who = typeof author === 'string' ? author : (author?.name ?? 'its authors');
  return `Copyright ${who}\n\n${text}`;
}

/** Writes `sbom.cdx.json` and `THIRD-PARTY-LICENSES.txt`. */
export async function writeBill(bundled: BundledPackages, outdir = 'dist'): Promise<void> {
  const parts = await bundled.parts();
  if (!existsSync(join(root, outdir))) throw new Error(`${outdir} is not built.`);
  await writeFile(join(root, outdir, 'sbom.cdx.json'), `${JSON.stringify(billOf(parts), undefined, 2)}\n`);
  await writeFile(join(root, outdir, 'THIRD-PARTY-LICENSES.txt'), await noticesOf(parts));
}
