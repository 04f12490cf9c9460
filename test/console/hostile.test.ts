/** Records that others filled: with what harms a page, and with far more than a page shows. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { temporaryFolder } from '../support/cli.ts';
import { openBrowser } from './browser.ts';
import { makeRecords } from './made.ts';
import { type Console, startConsole, visit } from './visit.ts';

const markup = '<img src=x onerror="globalThis.harmed=1"><script>globalThis.harmed=1</script>';
const reordered = 'a\u202Egpj.exe\u2066\u200B';
const links = [
  'javascript:globalThis.harmed=1',
  'data:text/html,<script>globalThis.harmed=1</script>',
  `https://127.0.0.1:1/${markup}`,
  'http://evil.example/0.jpg',
  `${reordered}${markup}`,
];

let browser: Browser;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let shown: Console;

beforeAll(async () => {
  browser = await openBrowser();
  folder = await temporaryFolder();
  await makeRecords(folder.path, [
    { id: 'waiting', isOpen: true },
    ...Array.from({ length: 5_000 }, (_, at) => ({ id: `row-${at}` })),
    {
      id: 'hostile',
      faces: links.map((link, id) => ({ id, link })),
      metadata: { [markup]: reordered },
      mediaUrl: `https://media.example/?${encodeURIComponent(markup)}`,
    },
    { id: 'words', words: `${markup}${reordered}` },
    {
      id: 'many',
      faces: Array.from({ length: 10_000 }, (_, id) => ({ id, link: `https://127.0.0.1:1/${id}.jpg` })),
    },
  ]);
  shown = await startConsole(browser, { FACE_POLLER_DATA: folder.path });
}, 300_000);
afterAll(async () => {
  await shown[Symbol.asyncDispose]();
  await browser.close();
  await folder[Symbol.asyncDispose]();
});

describe('a hostile record', () => {
  it.each(['hostile', 'words'])('is shown as text, runs nothing and opens nothing: %s', async (id) => {
    await using visited = await visit(browser, shown);
    const { page, go, faults } = visited;
    await go(`#/task/${id}`);
    await page.waitForSelector('#timeline');
    await page.getByText('All attributes').click();
    const text = (await page.textContent('main')) ?? '';
    expect(text).toContain('<script>globalThis.harmed=1</script>');
    expect(text).not.toMatch(/[\u202E\u2066\u200B]/);
    expect(await page.evaluate(() => 'harmed' in globalThis)).toBe(false);
    const schemes = await page.$$eval('main a[href]', (found) =>
      found.map((link) => (link as HTMLAnchorElement).protocol),
    );
    expect(schemes.filter((scheme) => !['http:', 'https:'].includes(scheme))).toEqual([]);
    // The one picture that is asked for elsewhere is a provider's, by https.
    expect(faults.filter((fault) => !fault.startsWith('https://127.0.0.1:1/'))).toEqual([]);
  });
});

/** The longest from a key or a click to the next paint, in milliseconds. */
async function slowestAnswer(): Promise<number> {
  await using visited = await visit(browser, shown);
  const { page, go } = visited;
  await go('#/task/many');
  await page.getByText('1 to 60 of 10000').waitFor();
  await page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.push(entry.duration);
    }).observe({ type: 'event', durationThreshold: 16, buffered: false } as PerformanceObserverInit);
  });
  for (let turn = 0; turn < 3; turn++) await page.getByRole('button', { name: 'Later faces' }).click();
  await page.getByText('181 to 240 of 10000').waitFor();
  await page.getByLabel('Show faces').click();
  await page.getByText('All attributes').click();
  expect(await page.locator('.gallery li').count()).toBe(60);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
  return await page.evaluate(() => Math.max(0, ...(globalThis as never as { seen: number[] }).seen));
}

describe('ten thousand faces', () => {
  it('leave the page responsive: an answer is painted within 200 ms', { timeout: 240_000 }, async () => {
    // Other work of the machine only adds: one quick visit shows what the page can do.
    const seen: number[] = [];
    while (seen.length < 8 && !seen.some((ms) => ms < 200)) seen.push(await slowestAnswer());
    expect(Math.min(...seen)).toBeLessThan(200);
  });
});

describe('five thousand rows', () => {
  it('are shown a page at a time, to the last one', async () => {
    await using visited = await visit(browser, shown);
    const { page, faults } = visited;
    await page.waitForSelector('tbody a');
    expect(await page.locator('tbody tr').count()).toBe(50);
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('Page 2').waitFor();
    await expect.poll(() => page.locator('tbody th').first().textContent()).not.toBe('many');
    expect(await page.locator('tbody tr').count()).toBe(50);
    await page.getByLabel('Task id').fill('row-0');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('heading', { name: 'row-0' }).waitFor();
    expect(faults).toEqual([]);
  });

  it('are counted in Health: what is open among all, the rest among the newest thousand', async () => {
    await using visited = await visit(browser, shown);
    const { page, go, faults } = visited;
    await go('#/health');
    await page.getByRole('heading', { name: 'The newest 1,000 records' }).waitFor();
    const numbers = await page.locator('.numbers').first().innerText();
    expect(numbers.split('\n').filter((line) => line !== '')).toEqual([
      'In flight',
      '1',
      'Rate limit',
      'none',
    ]);
    expect(faults).toEqual([]);
  });

  it('are counted above the table, with what to do and a retry of all', async () => {
    await using visited = await visit(browser, shown);
    const { page } = visited;
    await page.getByText('200 tasks or more').first().waitFor();
    expect(await page.getByRole('button', { name: 'Retry all with UNAUTHORIZED' }).count()).toBe(1);
  });
});

describe('the first view', () => {
  it('takes at most three times as long as an empty page', async () => {
    await using context = await browser.newContext({ storageState: shown.session });
    const page = await context.newPage();
    const { origin } = new URL(shown.url);
    const timed = async (url: string, ready: string): Promise<number> => {
      const startedMs = performance.now();
      await page.goto(url);
      await page.waitForSelector(ready, { state: 'attached' });
      return performance.now() - startedMs;
    };
    let [empty, first] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    // In turn, so that other work of the machine meets both alike.
    for (let turn = 0; turn < 12; turn++) {
      await page.goto('about:blank');
      empty = Math.min(empty, await timed(`${origin}/empty`, 'body'));
      await page.goto('about:blank');
      first = Math.min(first, await timed(shown.url, 'main h1'));
    }
    expect(first).toBeLessThan(1_000);
    expect(first / empty).toBeLessThanOrEqual(3);
  });
});
