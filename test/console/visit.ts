/** The console in a process of its own, a page in a real browser, and what went wrong there. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { type Running, startCli } from '../support/cli.ts';

type Session = NonNullable<BrowserContextOptions['storageState']>;

export interface Console extends AsyncDisposable {
  /** Of the page; the link of the session is used up. */
  url: string;
  session: Session;
}

/** The first line of a process's standard output. */
const firstLine = ({ child }: Running): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('\n')) resolve(said.split('\n')[0] ?? '');
    });
    child.on('close', () => reject(new Error(`ended without a word: ${said}`)));
  });

export async function startConsole(browser: Browser, env: Record<string, string>): Promise<Console> {
  const running = startCli(['console', '--json'], { env });
  const { url: link } = JSON.parse(await firstLine(running)) as { url: string };
  await using context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  await page.waitForSelector('main h1');
  return {
    url: page.url().replace(/#.*/, ''),
    session: await context.storageState(),
    async [Symbol.asyncDispose]() {
      running.child.kill('SIGINT');
      await running.ended;
    },
  };
}

export interface Visit extends AsyncDisposable {
  page: Page;
  /** Errors of scripts, violations of the policy, and requests to anywhere but the console. */
  faults: string[];
  go: (hash: string) => Promise<void>;
}

export async function visit(
  browser: Browser,
  { url, session: storageState }: Console,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ storageState, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/policy|refused to/i.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) faults.push(request.url());
  });
  await page.goto(url);
  await page.waitForSelector('main h1');
  return {
    page,
    faults,
    go: (hash) => page.evaluate((to) => void (location.hash = to), hash),
    [Symbol.asyncDispose]: () => context.close(),
  };
}
