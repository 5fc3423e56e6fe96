/** Opens every page of the built site as a phone shows it, 360 px wide: only tables and code may scroll sideways. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { folder, home } from './versions.ts';

const width = 360;
const dist = join(import.meta.dirname, 'dist');
const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

async function lookAt(browserPath: string): Promise<void> {
  const server = createServer(({ url = '' }, response) => {
    const path = join(dist, new URL(url, 'http://site').pathname.slice(home.length - 1));
    if (!existsSync(path) || extname(path) === '') response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(readFileSync(path));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width, height: 740 } });
  const elsewhere = new Set<string>();
  page.on('request', (request) => request.url().startsWith(origin) || elsewhere.add(request.url()));
  const paths = globSync('**/*.html', { cwd: join(dist, folder) }).filter((path) => path !== 'versions.html');
  const wide: string[] = [];
  for (const path of paths) {
    await page.goto(`${origin}${home}${folder}/${path}`);
    const found = await page.evaluate((limit) => {
      if ((document.scrollingElement?.scrollWidth ?? 0) <= limit) return undefined;
      const scrolls = (element: Element) => element.closest('table, pre, [class*="language-"]') !== null;
      const culprits = [...document.querySelectorAll('.vp-doc *')].filter(
        (element) => element.getBoundingClientRect().right > limit && !scrolls(element),
      );
      return culprits.slice(0, 3).map(({ tagName, textContent }) => `${tagName}: ${textContent?.slice(0, 60)}`);
    }, width);
    if (found) wide.push(`${path}: ${found.join(' | ')}`);
  }
  await browser.close();
  server.close();
  for (const each of wide) console.error(`Wider than ${width} px: ${each}`);
  for (const each of elsewhere) console.error(`Asked for from elsewhere: ${each}`);
  if (wide.length + elsewhere.size > 0) process.exitCode = 1;
  else console.log(`${paths.length} pages fit a phone of ${width} px, and ask nobody else for anything.`);
}

if (executablePath === undefined)
  console.log('Neither Chromium nor Chrome is installed: no page was looked at as a phone shows it.');
else await lookAt(executablePath);
