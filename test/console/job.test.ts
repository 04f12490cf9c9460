/** The whole job in the browser alone: from media to the request of a swap. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runCli, temporaryFolder } from '../support/cli.ts';
import { openBrowser } from './browser.ts';
import { type Console, startConsole, visit } from './visit.ts';

let browser: Browser;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let env: Record<string, string>;
let shown: Console;

beforeAll(async () => {
  browser = await openBrowser();
  folder = await temporaryFolder();
  env = { FACE_POLLER_DATA: folder.path, FACE_POLLER_ARCHIVE: '1' };
  shown = await startConsole(browser, env);
}, 120_000);
afterAll(async () => {
  await shown[Symbol.asyncDispose]();
  await browser.close();
  await folder[Symbol.asyncDispose]();
});

const target = 'https://media.example/me.jpg?of=it\'s&"quoted"';
const slow = { timeout: 30_000 };

/** What a button copies. */
async function copied(page: Page, button: string): Promise<string> {
  await page.getByRole('button', { name: button }).click();
  await page.getByText('Copied').first().waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}
const submitted = (page: Page, name: string) => page.locator('.submissions li', { hasText: name });

describe('the whole job', () => {
  it('a URL is pasted, watched and becomes faces; face 0 gets a target, and the request is copied', async () => {
    await using visited = await visit(browser, shown);
    const { page, faults } = visited;
    await page.getByRole('link', { name: 'New' }).click();
    await page.getByLabel('Addresses').fill('https://media.example/sample-group.jpg');
    await page.getByRole('button', { name: 'Detect faces' }).click();
    const task = submitted(page, 'sample-group.jpg').getByRole('link');
    const id = (await task.textContent(slow)) ?? '';
    await task.click();
    await page.getByText('5 faces').waitFor(slow);
    await page.getByLabel('face_id 0').fill(target);
    const body = page.getByLabel('Body of the request');
    await body.waitFor();
    const ofCli = async (...more: string[]) =>
      (await runCli(['swap-request', id, '--face', `0=${target}`, ...more], { env })).stdout.trimEnd();
    const json = await ofCli();
    expect(JSON.parse(json)).toMatchObject({ input: { faces: { 0: { face_id: 0, target }, length: 5 } } });
    expect(await copied(page, 'Copy curl')).toBe(await ofCli('--curl'));
    expect(await copied(page, 'Copy JSON')).toBe(json);
    expect(await body.inputValue()).toBe(json);
    expect(faults).toEqual([]);
  });

  it('a target that is no URL is refused in one sentence, and nothing can be copied', async () => {
    await using visited = await visit(browser, shown);
    const { page } = visited;
    await page.locator('tr', { hasText: '5 faces' }).getByRole('link').click();
    await page.getByLabel('face_id 4').fill('me.jpg');
    const fault = page.getByRole('alert').filter({ hasText: 'face 4' });
    await fault.waitFor();
    expect(await fault.textContent()).toBe('face 4: its target must be an http or https URL');
    expect(await page.getByRole('button', { name: 'Copy curl' }).count()).toBe(0);
  });
});

describe('files', () => {
  it('are uploaded, also beyond what a request of the API may have; others are refused by name', async () => {
    await using visited = await visit(browser, shown);
    const { page, go, faults } = visited;
    await go('#/new');
    await page.getByLabel('Or drop files here').setInputFiles([
      { name: 'large.png', mimeType: 'image/png', buffer: Buffer.alloc(3_000_000) },
      { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') },
    ]);
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['GIF89a'], 'dropped.jpeg'));
      return transfer;
    });
    await page.dispatchEvent('.drop', 'drop', { dataTransfer: dropped });
    await submitted(page, 'dropped.jpeg').getByRole('link').waitFor(slow);
    await submitted(page, 'letter.txt').getByText('must end with one of .jpg').waitFor(slow);
    await submitted(page, 'large.png').getByRole('link').click();
    await page.getByLabel('face_id 0').waitFor(slow);
    expect(await page.locator('.summary').textContent()).toContain('1 face');
    expect(faults).toEqual([]);
  });
});

describe('with an archive', () => {
  it('the archived pictures come first', async () => {
    await using visited = await visit(browser, shown);
    const { page, faults } = visited;
    const row = page.locator('tr', { hasText: '5 faces' });
    const id = (await row.getByRole('link').textContent(slow)) ?? '';
    await expect.poll(() => readdir(path.join(folder.path, 'faces', id))).toHaveLength(1);
    await row.getByRole('link').click();
    const pictures = () =>
      page.$$eval('.gallery img', (images) =>
        images.map((image) => [image.getAttribute('src'), (image as HTMLImageElement).naturalWidth > 0]),
      );
    await expect
      .poll(pictures)
      .toEqual([0, 1, 2, 3, 4].map((face) => [`detections/${id}/faces/${face}`, true]));
    expect(faults).toEqual([]);
  });
});
