/** The console at the deployed stack: what another program starts comes into the list, and to its faces, without a reload. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findBrowser, openBrowser } from '../console/browser.ts';
import { type Running, startCli } from '../support/cli.ts';
import { deploy, type Deployment } from './deployment.ts';

const hasBrowser = (await findBrowser()) !== undefined;
/** `npm run test:console` says it where there is none. */
const isSkipped = !hasBrowser && process.env['CI'] === undefined;
const patient = { timeout: 60_000 };

describe.skipIf(isSkipped)('the console at the deployed stack', () => {
  let stack: Deployment;
  let browser: Browser;
  let serving: Running;
  let page: Page;
  beforeAll(async () => {
    stack = await deploy('Console', { api: 'true', rateLimit: 3 });
    browser = await openBrowser();
    serving = startCli(['console', '--json'], { env: { FACE_POLLER_STACK: stack.stackName } });
    const { stdout } = serving.child;
    if (stdout === null) throw new Error('it has an output');
    const [line] = (await once(createInterface(stdout), 'line')) as [string];
    page = await browser.newPage();
    await page.goto((JSON.parse(line) as { url: string }).url);
    await page.getByText('live', { exact: true }).waitFor(patient);
  });
  afterAll(async () => {
    serving.child.kill('SIGINT');
    await serving.ended;
    await browser.close();
    await stack.end();
  });

  it('shows a task within ten seconds of its start, its states, and its faces', async () => {
    stack.simulator.submit([{ step: 'pending', status: 'processing', times: 1_000 }], 'watched');
    const media_url = 'https://media.example/group.jpg';
    const started = await stack.client.start({ detect_task_id: 'watched', media_url });
    const row = page.locator('tbody tr', { hasText: 'watched' });
    await row.waitFor(patient);
    expect(Date.now() - Date.parse(started.created_at)).toBeLessThan(10_000);
    await row.getByText('processing').waitFor(patient);
    stack.simulator.submit([{ step: 'succeeded', faces: 2 }], 'watched');
    await row.getByText('2 faces').waitFor(patient);
    await row.getByRole('link').click();
    await page.getByLabel('face_id 1').waitFor(patient);
    await page.getByLabel('face_id 0').fill('https://media.example/me.jpg');
    await page.getByLabel('Body of the request').waitFor(patient);
  });

  it('says the rate limit of the stack', async () => {
    await page.getByRole('link', { name: 'Health' }).click();
    const rate = page.getByText('calls a second');
    await rate.waitFor(patient);
    expect(await rate.textContent()).toBe('3 of 3 calls a second');
  });
});
