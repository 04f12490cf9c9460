/** Where the code of a function comes from: from its source in the repository, bundled beforehand in the package. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';

import { bundleFile, bundleFolder, bundleOptions } from './bundling.ts';

/** `npm run build` compiles this module. */
const isPackaged = import.meta.filename.endsWith('.js');
/** The bundles, or the sources. */
const functions = join(import.meta.dirname, isPackaged ? '../../functions' : '../functions');

/** `module`: inside `functions/`. */
export const codeOf = (module: string): Code =>
  isPackaged ? Code.fromAsset(join(functions, bundleFolder(module))) : bundled(module);

/** By the CDK's own mechanism, so that a synthesis that needs no code bundles none. */
const bundled = (module: string): Code =>
  Code.fromAsset(dirname(join(functions, module)), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('none'),
      // Part of what the CDK tells assets apart by.
      command: [module],
      local: {
        tryBundle(folder) {
          // Only here: the package deploys without esbuild.
          const esbuild = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
          esbuild.buildSync(bundleOptions(join('functions', module), join(folder, bundleFile)));
          return true;
        },
      },
    },
  });
