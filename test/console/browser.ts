/** Debian's Chromium, or the one that CHROMIUM names. */
import { access, constants } from 'node:fs/promises';

import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function findBrowser(): Promise<string | undefined> {
  for (const place of [process.env['CHROMIUM'] ?? '', ...places]) {
    const isThere = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return place;
  }
  return undefined;
}

export async function openBrowser(): Promise<Browser> {
  const executablePath = await findBrowser();
  if (executablePath === undefined) throw new Error('Chromium is not installed.');
  // Its sandbox does not run for root, as in a container.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}
