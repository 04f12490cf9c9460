/** Each view, in both colour schemes and at 360 px, held to the rules of accessibility. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runCli, temporaryFolder } from '../support/cli.ts';
import { openBrowser } from './browser.ts';
import { type Console, startConsole, visit } from './visit.ts';

let browser: Browser;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let env: Record<string, string>;
let shown: Console;
let axe: string;
/** What the tour made. */
let tasks: Record<string, string>;

beforeAll(async () => {
  browser = await openBrowser();
  folder = await temporaryFolder();
  env = { FACE_POLLER_DATA: folder.path };
  await runCli([], { env });
  const listed = (await runCli(['list', '--json'], { env })).records();
  tasks = Object.fromEntries(
    listed.map(({ detect_task_id, face_count, status }) => [
      `${status} ${face_count ?? ''}`.trim(),
      detect_task_id,
    ]),
  );
  shown = await startConsole(browser, env);
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
}, 120_000);
afterAll(async () => {
  await shown[Symbol.asyncDispose]();
  await browser.close();
  await folder[Symbol.asyncDispose]();
});

interface Violation {
  id: string;
  nodes: { html: string }[];
}

/** By the page's own policy no script is added: it is evaluated from outside. */
async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const violations = await page.evaluate(
    async () =>
      (await (globalThis as never as { axe: { run(): Promise<{ violations: unknown }> } }).axe.run())
        .violations as Violation[],
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

const views = [
  ['the list', () => '#/', 'tbody a'],
  ['a detection with faces', () => `#/task/${tasks['succeeded 5']}`, '.gallery img'],
  ['a failed detection', () => `#/task/${tasks['failed']}`, '.failure'],
  ['a task without a record', () => '#/task/absent', '.fault'],
  ['new', () => '#/new', '.drop'],
  ['health', () => '#/health', 'figure'],
] as const;

/** What a person has filled in. */
const filled: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  async new(page) {
    await page.getByLabel('Or drop files here').setInputFiles({
      name: `${'a-long-name-'.repeat(12)}.txt`,
      mimeType: 'text/plain',
      buffer: Buffer.from('no picture'),
    });
    await page.getByText('must end with').waitFor();
  },
  async 'a detection with faces'(page) {
    await page.getByLabel('face_id 0').fill('https://media.example/me.jpg');
    await page.getByLabel('Body of the request').waitFor();
    await page.getByLabel('face_id 1').fill('me.jpg');
    await page.getByRole('alert').waitFor();
    await page.getByLabel('face_id 1').fill('https://media.example/you.jpg');
    await page.getByLabel('Body of the request').waitFor();
  },
};

describe.each(['light', 'dark'] as const)('in the %s scheme', (colorScheme) => {
  it.each(views)('%s has no violation, wide and at 360 px', async (name, hashOf, ready) => {
    for (const width of [1_200, 360]) {
      await using visited = await visit(browser, shown, { colorScheme, viewport: { width, height: 800 } });
      const { page, go, faults } = visited;
      await go(hashOf());
      await page.waitForSelector(ready);
      await filled[name]?.(page);
      expect(await violationsOn(page)).toEqual([]);
      const isWider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(isWider).toBe(false);
      expect(faults).toEqual([]);
    }
  });
});

describe('the faces of the tour', () => {
  it('are on the screen: blurred until they are asked for, which is remembered', async () => {
    await using visited = await visit(browser, shown);
    const { page, go, faults } = visited;
    await go(`#/task/${tasks['succeeded 5']}`);
    await page.waitForSelector('.gallery img');
    const pictures = () =>
      page.$$eval('.gallery img', (images) =>
        images.map((image) => ({
          width: (image as HTMLImageElement).naturalWidth,
          filter: getComputedStyle(image).filter,
        })),
      );
    await expect
      .poll(async () => (await pictures()).map(({ width }) => width > 0))
      .toEqual(Array(5).fill(true));
    expect((await pictures()).every(({ filter }) => filter.startsWith('blur'))).toBe(true);
    await page.getByLabel('Show faces').check();
    await expect
      .poll(async () => (await pictures()).every(({ filter }) => filter === 'none' || filter === 'blur(0px)'))
      .toBe(true);
    await page.reload();
    await page.waitForSelector('.gallery img');
    expect(await page.getByLabel('Show faces').isChecked()).toBe(true);
    expect(await page.getByText('face_id 4').count()).toBe(1);
    expect(faults).toEqual([]);
  });
});
