import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mayInstall } from '../local/mysql/database-server.ts';
import { isMariaDbInstalled } from '../local/mysql/mariadb.ts';
import { isMySqlUnpacked } from '../local/mysql/mysql.ts';

/** Where Debian's package has it. */
export const chromiumPath = '/usr/bin/chromium';

/** Whether a command can be run in a terminal by util-linux's `script`; what BSD and macOS call so takes other options. */
export const hasTerminal = (): boolean =>
  spawnSync('script', ['--version'], { encoding: 'utf8', input: '' }).stdout?.includes('util-linux') ?? false;

/** What some tests need besides Node. Each is brought by a script, which the first test that needs it runs. */
const surroundings = [
  { name: 'MariaDB', script: 'scripts/install-mariadb.sh', isThere: isMariaDbInstalled, asRoot: true },
  { name: 'MySQL (100 MB)', script: 'scripts/install-mysql.sh', isThere: isMySqlUnpacked, asRoot: false },
  { name: 'Chromium', script: 'scripts/install-chromium.sh', isThere: () => existsSync(chromiumPath), asRoot: true },
] as const;

const isDebian = existsSync('/etc/debian_version');
const isRoot = process.getuid?.() === 0;

/** One line for what tests are about to install, and one for what is left out; vitest calls it before the first test. */
export function setup(): void {
  const absent = surroundings.filter(({ isThere }) => !isThere());
  const [installed = [], leftOut = []] = [true, false].map((isInstalled) =>
    absent
      .filter(({ asRoot }) => (mayInstall && isDebian && (isRoot || !asRoot)) === isInstalled)
      .map(({ name, script }) => `${name} by ${script}`),
  );
  if (installed.length > 0)
    console.log(`Tests install what they need: ${installed.join(', ')}. SINK_TEST_INSTALL=no leaves it out.`);
  if (!hasTerminal())
    console.log('Not run: what needs the command `script` of util-linux, which is not installed here.');
  if (leftOut.length > 0)
    console.log(
      `Not run: what needs ${leftOut.join(', ')}, which is not installed here; ${
        mayInstall ? 'the scripts install it, on Debian, some of them as root.' : 'SINK_TEST_INSTALL=no keeps it so.'
      }`,
    );
}
