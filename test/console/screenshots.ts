/** `npm run screenshots`: the pictures of the console in the documents, from what the tour makes. */
import path from 'node:path';

import { runCli, temporaryFolder } from '../support/cli.ts';
import { openBrowser } from './browser.ts';
import { startConsole, visit } from './visit.ts';

const folder = path.join(import.meta.dirname, '..', '..', 'docs', 'images');
const picture = (name: string): string => path.join(folder, `${name}.png`);

await using data = await temporaryFolder();
const env = { FACE_POLLER_DATA: data.path };
await runCli([], { env });
const browser = await openBrowser();
{
  await using shown = await startConsole(browser, env);
  await using visited = await visit(browser, shown, {
    viewport: { width: 900, height: 420 },
    colorScheme: 'light',
  });
  const { page } = visited;
  await page.getByText('5 faces').waitFor();
  await page.screenshot({ path: picture('list') });
  await page.locator('tr', { hasText: '5 faces' }).getByRole('link').click();
  await page.getByLabel('Show faces').check();
  await page.setViewportSize({ width: 900, height: 560 });
  for (const image of await page.locator('.gallery img').all())
    await image.evaluate((element) => (element as unknown as { decode(): Promise<void> }).decode());
  await page.screenshot({ path: picture('detection') });
  // All faces in one row, above what is built of them.
  await page.setViewportSize({ width: 1_000, height: 760 });
  await page.getByLabel('face_id 0').fill('https://media.example/me.jpg');
  await page.getByLabel('Body of the request').waitFor();
  await page.getByRole('heading', { name: 'Faces' }).evaluate((element) => element.scrollIntoView());
  await page.screenshot({ path: picture('swap') });
}
await browser.close();
