import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { plots } from '../../bench/plots.ts';
import { withReports } from '../../bench/report.ts';
import { deploymentTable } from '../../infra/deployment-table.ts';
import { failures } from '../../src/kit/errors.ts';
import { renderTypePage } from '../../src/mysql/type-page.ts';
import { metricTable } from '../../src/options/metric-names.ts';
import { sourceTable } from '../../src/options/source-settings.ts';
import { optionTable } from '../../src/options/table.ts';
import { renderArrivalSection } from './arrival-section.ts';
import { renderCommandsPage } from './commands-page.ts';
import { renderCostsPage } from './costs-page.ts';
import { renderDeploymentPage } from './deployment-page.ts';
import { renderFailuresPage } from './failures-page.ts';
import { formatJson } from './json.ts';
import { renderMetricsPage } from './metrics-page.ts';
import { renderOptionsPage } from './options-page.ts';
import { sinkFileSchema } from './sink-schema.ts';
import { renderSourcePage } from './source-page.ts';

/** A page that is made from code. */
export interface Page {
  /** From the project's root. */
  readonly path: string;
  readonly render: () => string;
}

const performancePage = 'docs/performance.md';

export const pages: readonly Page[] = [
  { path: 'docs/options.md', render: () => renderOptionsPage(optionTable) },
  { path: 'docs/failures.md', render: () => renderFailuresPage(failures) },
  { path: 'docs/metrics.md', render: () => renderMetricsPage(metricTable) },
  { path: 'docs/deployment.md', render: () => renderDeploymentPage(deploymentTable) },
  { path: 'docs/source-options.md', render: () => renderSourcePage(sourceTable) },
  { path: 'docs/commands.md', render: renderCommandsPage },
  { path: 'docs/costs.md', render: renderCostsPage },
  { path: 'docs/types.md', render: () => renderTypePage() + renderArrivalSection() },
  { path: 'docs/sink.schema.json', render: () => formatJson(sinkFileSchema()) },
  ...Object.entries(plots).map(([name, render]) => ({ path: `docs/images/${name}.svg`, render })),
  // Around its tables it is written by hand.
  {
    path: performancePage,
    render: () => withReports(readFileSync(new URL(`../../${performancePage}`, import.meta.url), 'utf8')),
  },
];

/**
 * @in      root: the folder that page paths begin at, a URL that ends with `/`
 * @out     paths of pages whose file is absent or differs from what the code says
 * @throws  Error: a file is there and cannot be read
 */
export async function stalePages(root: URL, all: readonly Page[] = pages): Promise<readonly string[]> {
  const states = await Promise.all(
    all.map(async ({ path, render }) => ({ path, isFresh: (await read(new URL(path, root))) === render() })),
  );
  return states.filter(({ isFresh }) => !isFresh).map(({ path }) => path);
}

/** Writes every page. */
export async function writePages(root: URL, all: readonly Page[] = pages): Promise<void> {
  await mkdir(new URL('docs/images/', root), { recursive: true });
  await Promise.all(all.map(({ path, render }) => writeFile(new URL(path, root), render())));
}

async function read(file: URL): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
