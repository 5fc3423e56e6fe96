import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { terminalSvg } from './docs/terminal-svg.ts';

/** Runs the demo, and draws what it printed as docs/images/demo.svg. */
const main = new URL('../cli/main.ts', import.meta.url).pathname;
const { stdout } = await promisify(execFile)(process.execPath, [main, 'demo', '--quiet']);
const picture = terminalSvg(`$ npm run demo\n${stdout}`, 'npm run demo: what was sent, and what was found', 78);
await writeFile(new URL('../docs/images/demo.svg', import.meta.url), picture);
