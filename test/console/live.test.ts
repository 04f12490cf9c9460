/** What a person does: watch a task that another process starts, act on it, and all of it by keyboard alone. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startCli, temporaryFolder } from '../support/cli.ts';
import { openBrowser } from './browser.ts';
import { makeRecords } from './made.ts';
import { type Console, startConsole, visit } from './visit.ts';

let browser: Browser;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let env: Record<string, string>;
let shown: Console;

beforeAll(async () => {
  browser = await openBrowser();
  folder = await temporaryFolder();
  env = { FACE_POLLER_DATA: folder.path };
  await makeRecords(folder.path, [
    { id: 'lost' },
    {
      id: 'found',
      faces: [{ id: 0, link: 'https://127.0.0.1:1/0' }],
      mediaUrl: 'https://media.example/found.jpg',
    },
  ]);
  shown = await startConsole(browser, env);
}, 120_000);
afterAll(async () => {
  await shown[Symbol.asyncDispose]();
  await browser.close();
  await folder[Symbol.asyncDispose]();
});

describe('a task that another process starts', () => {
  it('appears within two seconds, changes its state and ends with its faces, without a reload', async () => {
    await using visited = await visit(browser, shown);
    const { page, faults } = visited;
    await page.getByText('live', { exact: true }).waitFor();
    const other = startCli(['start', 'sample-group', '--json'], { env });
    const row = page.locator('tbody tr', { hasText: 'sample-group' });
    // The other process needs its time to begin; the record says when it did.
    await row.waitFor({ timeout: 30_000 });
    const seenMs = Date.now();
    await row.getByText('5 faces').waitFor({ timeout: 30_000 });
    const [record] = (await other.ended).records();
    expect(seenMs - Date.parse(record?.created_at ?? '')).toBeLessThan(2_000);
    await row.getByRole('link').click();
    await page.waitForSelector('.gallery img');
    const widths = () =>
      page.$$eval('.gallery img', (images) =>
        images.map((image) => (image as HTMLImageElement).naturalWidth > 0),
      );
    await expect.poll(widths).toEqual(Array(5).fill(true));
    expect(faults).toEqual([]);
  });
});

describe('by keyboard alone', () => {
  it('every action is reached, and its focus is seen', async () => {
    await using visited = await visit(browser, shown);
    const { page, go } = visited;
    const walk = async (): Promise<string[]> => {
      const names: string[] = [];
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      for (let step = 0; step < 60; step++) {
        await page.keyboard.press('Tab');
        const found = await page.evaluate(() => {
          const element = document.activeElement;
          if (element === null || element === document.body) return undefined;
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          const label = (element as HTMLInputElement).labels?.[0]?.textContent ?? element.textContent ?? '';
          return { name: label.trim(), isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 };
        });
        if (found === undefined) break;
        expect(found).toMatchObject({ isSeen: true });
        names.push(found.name);
      }
      return names;
    };
    await page.waitForSelector('tbody a');
    const list = (await walk()).join('\n');
    for (const name of ['Detections', 'New', 'Health', 'Status', 'Error', 'Task id', 'Open', 'lost', 'found'])
      expect(list).toContain(name);
    expect(list).toContain('Retry all with UNAUTHORIZED');
    await go('#/task/lost');
    await page.waitForSelector('#timeline');
    expect(await walk()).toEqual(expect.arrayContaining(['Retry', 'Forget…', 'All attributes']));
    await go('#/task/found');
    await page.waitForSelector('.gallery li');
    await page.getByLabel('face_id 0').fill('https://media.example/me.jpg');
    await page.getByLabel('Body of the request').waitFor();
    await page.evaluate(() => document.querySelector('main')?.focus());
    const faces = (await walk()).join('\n');
    for (const name of ['Show faces', 'face_id 0', 'also when expired', 'Copy JSON', 'Copy curl'])
      expect(faces).toContain(name);
    await go('#/new');
    await page.getByRole('button', { name: 'Detect faces' }).waitFor();
    const submission = (await walk()).join('\n');
    for (const name of ['Addresses', 'Detect faces', 'Or drop files here'])
      expect(submission).toContain(name);
  });

  it('a record is forgotten only after it was asked', async () => {
    await using visited = await visit(browser, shown);
    const { page, go } = visited;
    await go('#/task/found');
    const open = page.getByRole('button', { name: 'Forget…' });
    await open.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await open.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Forget', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Detections' }).waitFor();
    await expect.poll(() => page.locator('tbody tr', { hasText: 'found' }).count()).toBe(0);
  });
});

describe('a retry', () => {
  it('of all tasks with a code polls them again', async () => {
    await using visited = await visit(browser, shown);
    const { page } = visited;
    await page.getByRole('button', { name: 'Retry all with UNAUTHORIZED' }).click();
    const outcome = page.getByText('UNAUTHORIZED:');
    await expect.poll(() => outcome.textContent()).toContain('UNAUTHORIZED: 1 task retried, 0 rejected');
  });
});
