import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeOfStack } from '../../cli/console/console-of-stack.ts';
import { openConsole } from '../../cli/console/open-console.ts';
import { s3ObjectStore } from '../../src/aws/s3-object-store.ts';
import type { MySqlPlace } from '../../src/follow/mysql/place.ts';
import { type FollowState, stateKey, writeState } from '../../src/follow/state.ts';
import { decisionKey, inDoubtKey, writeRecord } from '../../src/ledger/records.ts';
import { openStack } from '../integration/delivery-world.ts';
import { startBrowser } from './browser.ts';

const start = await startBrowser();
const browser = 'browser' in start ? start.browser : undefined;
const skipped = 'missing' in start ? ` (skipped: ${start.missing})` : '';
const screenshots = join(import.meta.dirname, '../../build/screenshots');

describe.skipIf(!browser)(`the page of the console${skipped}`, { timeout: 120_000 }, () => {
  let sink: Awaited<ReturnType<typeof openStack>>;
  let served: Awaited<ReturnType<typeof openConsole>>;

  const open = () => openConsole({ ...placeOfStack(sink), port: 0, every: 1 }, {});

  beforeAll(async () => {
    sink = await openStack();
    served = await open();
  });
  afterAll(async () => {
    await browser?.close();
    await served.close();
    await sink.close();
  });

  const hostile = '<img src=http://127.0.0.1:1/ onerror=document.title="taken">';

  async function tableWithBad(): Promise<string> {
    const table = await sink.createTable();
    await sink.send(table, [
      { id: 1, v: 1 },
      { id: 2, v: hostile },
      { id: 3, v: 3 },
    ]);
    await sink.idle();
    return table;
  }

  /** A page that has looked once, and everything that was asked for and complained of. */
  async function openPage(look: { readonly width?: number; readonly colorScheme?: 'light' | 'dark' } = {}) {
    const page = (await browser?.context.newPage()) as Page;
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (said) => complaints.push(said.text()));
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.setViewportSize({ width: look.width ?? 1180, height: 860 });
    await page.emulateMedia({ colorScheme: look.colorScheme ?? 'light' });
    await page.goto(served.url);
    await page.locator('.tile').first().waitFor();
    await page.locator('#rejected-list:not([aria-busy])').waitFor();
    return { page, asked, complaints };
  }

  const shoot = (page: Page, name: string, fullPage = true) =>
    page.screenshot({ path: join(screenshots, `${name}.png`), fullPage, animations: 'disabled' });

  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '');

  it('shows a rejected row as it is, repairs it, sends it at the second word, and the row is in its table', async () => {
    const table = await tableWithBad();
    const { page, asked, complaints } = await openPage();
    expect(await page.locator('h1').textContent()).toMatch(/things? waits? for you\./);
    await page.getByLabel('Table', { exact: true }).selectOption(`d.${table}`);
    await page.getByRole('button', { name: `Open 1 row of d.${table}` }).click();
    const dialog = page.getByRole('dialog', { name: `1 row of d.${table}` });
    await dialog.getByRole('heading', { name: 'Correct and send' }).waitFor();
    const told = await dialog.textContent();
    for (const fact of [
      hostile.replaceAll('"', '\\"'),
      "column 'v'",
      'VALUE_UNFIT',
      'Row2 of its message',
      'arn:aws:sqs',
    ])
      expect(told).toContain(fact);
    await shoot(page, 'rejected-row', false);

    await dialog.getByRole('textbox').fill('{"id":2,"v":2}');
    await dialog.getByRole('button', { name: 'See what would be sent' }).click();
    await dialog.getByText('1 row would be sent. Nothing was sent yet.').waitFor();
    await sink.idle();
    expect((await sink.rows(table)).toSorted()).toEqual(['1=1', '3=3']);
    await dialog.getByRole('button', { name: 'Send 1 row' }).click();
    await dialog.getByText('Sent. Its rows are in the table after the next load').waitFor();
    await sink.idle();
    expect((await sink.rows(table)).toSorted()).toEqual(['1=1', '2=2', '3=3']);

    // What was sent is sent once more only by a third word, and exactly-once loads it once.
    await dialog.getByRole('button', { name: 'See what would be sent', exact: true }).click();
    await dialog.getByText('It was sent at 20').waitFor();
    expect(await dialog.getByRole('button', { name: 'Send 1 row' }).count()).toBe(0);
    await dialog.getByRole('button', { name: 'See what would be sent once more' }).click();
    await dialog.getByRole('button', { name: 'Send 1 row' }).click();
    await dialog.getByText('Sent. Its rows are in the table after the next load').waitFor();
    await sink.idle();
    expect(await sink.rows(table)).toHaveLength(3);

    await page.keyboard.press('Escape');
    await page.getByRole('cell', { name: 'sent', exact: true }).waitFor();
    await shoot(page, 'console');
    expect(await page.title()).not.toContain('taken');
    expect(asked.filter((url) => !url.startsWith(served.url) && !url.startsWith('data:'))).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('forgets a plan when the rows are changed', async () => {
    const table = await tableWithBad();
    const { page } = await openPage();
    await page.getByRole('button', { name: `Open 1 row of d.${table}` }).click();
    await page.getByRole('textbox', { name: 'Each line is a row' }).fill('{"id":2,"v":2}');
    await page.getByRole('button', { name: 'See what would be sent' }).click();
    await page.getByRole('button', { name: 'Send 1 row' }).waitFor();
    await page.getByRole('textbox', { name: 'Each line is a row' }).fill('{"id":2,');
    expect(await page.getByRole('button', { name: 'Send 1 row' }).count()).toBe(0);
    await page.getByRole('button', { name: 'See what would be sent' }).click();
    expect(await page.locator('.told [role=alert]').textContent()).toContain('line 1: it is neither a JSON object');
    await page.close();
  });

  it('is used by the keyboard alone', async () => {
    const table = await tableWithBad();
    const { page } = await openPage();
    const chunk = `${table}-by-key`;
    await sink.send(table, [{ id: 7, v: 7 }], { group: undefined });
    await sink.idle();
    const label = sink.calls(table, 'commit')[0]?.label ?? '';
    await page.keyboard.press('/');
    await page.keyboard.type(label);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: label }).getByRole('heading', { name: 'Loaded' }).waitFor();
    await shoot(page, 'story', false);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('/');
    await page.keyboard.press('Control+a');
    await page.keyboard.type(chunk);
    await page.keyboard.press('Enter');
    await page.getByText(`Nothing is known of ${chunk}`).waitFor();
    await page.keyboard.press('Escape');

    const reached: string[] = [];
    for (let steps = 0; steps < 60 && !reached.at(-1)?.startsWith('20'); steps += 1) {
      await page.keyboard.press('Tab');
      reached.push(await focused(page));
    }
    expect(reached).toContain('Look again r');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
    expect(outline).toBe('solid');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Correct and send' }).waitFor();
    // What is typed here is no command.
    await page.getByRole('textbox', { name: 'Each line is a row' }).focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('/r');
    expect(await page.getByRole('textbox', { name: 'Each line is a row' }).inputValue()).toBe('/r');
    await page.keyboard.press('Escape');
    expect(await focused(page)).toMatch(/^20/);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('fits 360 px and can be read, %s', async (colorScheme) => {
    await tableWithBad();
    const { page } = await openPage({ width: 360, colorScheme });
    await shoot(page, `narrow-${colorScheme}`);
    const widthOf = () => page.evaluate(() => document.documentElement.scrollWidth);
    expect(await widthOf()).toBe(360);
    await page
      .getByRole('button', { name: /^Open 1 row of/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Correct and send' }).waitFor();
    expect(await page.evaluate(() => document.querySelector('.dialog-body')?.scrollWidth ?? 999)).toBeLessThanOrEqual(
      360,
    );
    await shoot(page, `narrow-row-${colorScheme}`, false);
    const contrasts = await page.evaluate(contrastsOf);
    expect(contrasts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
    await page.close();
    const wide = (await openPage({ colorScheme })).page;
    await shoot(wide, `wide-${colorScheme}`);
    await wide.close();
  });

  it('names every control', async () => {
    await tableWithBad();
    const { page } = await openPage();
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLInputElement>('button, input, select, textarea, [role=img], [role=region]')]
        .filter((each) => !each.ariaLabel && !each.labels?.length && !each.textContent?.trim())
        .map(({ outerHTML }) => outerHTML),
    );
    expect(nameless).toEqual([]);
    await page.close();
  });

  it('shows an undecided batch with the commands that end it, and how far a source is followed', async () => {
    const [savedMs, anew] = [Date.now(), { ifAbsent: true } as const];
    const objects = s3ObjectStore(sink.resources.bucket, sink.aws.clientConfig);
    const left = { batch: 'sink-batch-9', label: 'sink-batch-9-1', database: 'd', table: 'gone' };
    await objects.putText(inDoubtKey(left.label, savedMs), writeRecord({ ...left, untilMs: savedMs }), anew);
    await objects.putText(decisionKey(left.batch), writeRecord({ ...left, state: 'commit', atMs: savedMs }), anew);
    const following: FollowState<MySqlPlace> = {
      ...{ version: 1, epoch: 1, holder: 'follower-1', heldUntilMs: savedMs + 600_000, writes: 1, run: 'r', plans: 3 },
      place: { phase: 'binlog', position: { gtid: 'shop:1-77', file: '', offset: 0 } },
      ...{ rows: 1234, committedMs: savedMs - 42_000, savedMs },
    };
    await objects.putText(stateKey('shop'), writeState(following), anew);
    const { page, complaints } = await openPage();
    await page.locator('#verdict').getByText('Batch sink-batch-9 of d.gone is undecided').waitFor();
    const commands = await page.locator('#verdict code').allTextContents();
    for (const word of ['loaded', 'not-loaded'])
      expect(commands.join('\n')).toContain(
        `redrive --batch sink-batch-9 --assume ${word} --bucket ${sink.resources.bucket}`,
      );
    const doubt = page.getByRole('region', { name: 'Transactions of which the end was not seen' });
    await doubt.getByRole('row', { name: 'sink-batch-9 d.gone undecided sink-batch-9-1' }).waitFor();
    await page.getByRole('row', { name: /^shop followed 42 s 1,234 binlog 20/ }).waitFor();
    await page.getByRole('img', { name: /^Lag of sources, seconds\. shop: now 42, at most 42/ }).waitFor();
    await page.getByRole('img', { name: /^Age of the oldest message, seconds\. rows: now \d+/ }).waitFor();
    await shoot(page, 'undecided');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('says that nothing was rejected, and that its command is gone', async () => {
    const { page } = await openPage();
    await page.getByLabel('Code').selectOption('VALUE_UNFIT');
    await served.close();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.locator('#gone').getByText('The console does not answer').waitFor();
    await shoot(page, 'gone', false);
    await page.close();
    served = await open();
  });
});

/** Runs in the page: how well texts stand out from what they stand on. @source  WCAG 2.2, contrast ratio */
function contrastsOf(): { readonly pair: string; readonly contrast: number }[] {
  const style = getComputedStyle(document.documentElement);
  const luminance = (name: string) => {
    const hex = style.getPropertyValue(name).trim();
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const pairs = [
    ...['--ink', '--faint', '--accent', '--bad', '--well'].flatMap((text) => [
      [text, '--paper'],
      [text, '--card'],
    ]),
    ...[
      ['--ink', '--bad-paper'],
      ['--bad', '--bad-paper'],
      ['--accent-ink', '--accent'],
    ],
  ] as [string, string][];
  return pairs.map(([text, on]) => {
    const [low = 0, high = 0] = [luminance(text), luminance(on)].sort((a, b) => a - b);
    return { pair: `${text} on ${on}`, contrast: (high + 0.05) / (low + 0.05) };
  });
}
