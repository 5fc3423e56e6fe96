import packageJson from '../package.json' with { type: 'json' };

/** The folder of this version: patches of `0.1` replace each other. */
export const folder = packageJson.version.split('.').slice(0, 2).join('.');

/** Where the site is served; it begins and ends with a slash. `SITE_BASE` says it for a site that is not at the root of a host. */
export const home = process.env['SITE_BASE'] ?? '/';

const parts = (version: string) => version.split('.').map(Number);

/** Newest first. */
export const newestFirst = (versions: readonly string[]): readonly string[] =>
  versions.toSorted((a, b) => {
    const [[majorA = 0, minorA = 0], [majorB = 0, minorB = 0]] = [parts(a), parts(b)];
    return majorB - majorA || minorB - minorA;
  });

const page = (head: string, body: string) =>
  `<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}\n<title>starrocks-sink</title>\n${body}</html>\n`;

/** The page at the root, which leads to the newest version. */
export const frontPage = (newest: string): string =>
  page(`<meta http-equiv="refresh" content="0; url=${newest}/">`, `<a href="${newest}/">${newest}</a>`);

export const versionsPage = (versions: readonly string[]): string =>
  page(
    '',
    `<h1>Versions</h1>\n<ul>\n${versions.map((each) => `<li><a href="../${each}/">${each}</a></li>`).join('\n')}\n</ul>\n`,
  );
