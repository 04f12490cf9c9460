/** `npm run build`: makes `dist` and NOTICE, which `npm pack` puts into the package. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { buildBundle } from '../../console/bundle.ts';
import { bundleFunctions, bundleWebhooks } from './bundles.ts';
import { dist, lib, root } from './folders.ts';
import { writeNotice } from './notice.ts';

rmSync(dist, { recursive: true, force: true });
execFileSync(path.join(root, 'node_modules/.bin/tsc'), ['--project', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
// A manifest here would make a package of its own of this folder.
rmSync(path.join(lib, 'package.json'));
cpSync(path.join(root, 'infra/snapshots'), path.join(lib, 'infra/snapshots'), {
  recursive: true,
  filter: (file) => !file.endsWith('iam.snapshot.json'),
});
const page = path.join(lib, 'console/built');
mkdirSync(page, { recursive: true });
const { script, style } = await buildBundle();
writeFileSync(path.join(page, 'page.js'), script);
writeFileSync(path.join(page, 'page.css'), style);
writeNotice([...(await bundleFunctions()), await bundleWebhooks()]);
