/** CDK apps as `cdk init` makes them, with the construct in their stack. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import manifest from '../../package.json' with { type: 'json' };
import { root } from '../support/folders.ts';
import { type Consumer, createConsumer, tarball } from './consumer.ts';

const [, snippet = ''] = /^```ts\n([^`]*extends Stack[^`]*)^```$/m.exec(
  readFileSync(path.join(root, 'README.md'), 'utf8'),
) ?? ['', ''];
const lowest = Object.entries(manifest.peerDependencies).map(([name, range]) => `${name}@${range.slice(1)}`);
const app = (from: string) => `
import { App } from 'aws-cdk-lib';
import { PicturesStack } from '${from}';
new PicturesStack(new App());
`;
/** Of the template of `cdk init`, which is CommonJS. */
const compiler = {
  target: 'ES2022',
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  strict: true,
  skipLibCheck: true,
};

let consumer: Consumer;
afterEach(() => consumer.close());

const template = (): string =>
  readFileSync(path.join(consumer.folder, 'cdk.out/Pictures.template.json'), 'utf8');
const whole = /"AWS::Lambda::Function"[^]*"FacesStateMachineArn"/;

describe('a CDK app', () => {
  it.each([
    ['the newest peers', ['aws-cdk-lib@2', 'constructs@10']],
    ['the lowest peers', lowest],
  ])('in CommonJS, by ts-node, synthesises with %s', async (_which, peers) => {
    consumer = await createConsumer(
      { name: 'pictures' },
      {
        'bin/app.ts': app('../lib/pictures'),
        'lib/pictures.ts': snippet,
        'tsconfig.json': JSON.stringify({ compilerOptions: compiler }),
      },
    );
    await consumer.install(tarball(), ...peers, 'ts-node@10', 'typescript@5.9', '@types/node@24');
    await consumer.mustRun('node node_modules/.bin/ts-node --prefer-ts-exts bin/app.ts', {
      env: { CDK_OUTDIR: 'cdk.out', CDK_VALIDATION: 'false' },
    });
    expect(template()).toMatch(whole);
  });

  it('as an ES module synthesises, on Node 22 too', async () => {
    consumer = await createConsumer(
      { name: 'pictures', type: 'module' },
      {
        'app.ts': app('./pictures.ts'),
        'pictures.ts': snippet,
      },
    );
    await consumer.install(tarball(), 'aws-cdk-lib@2', 'constructs@10');
    const env = { CDK_OUTDIR: 'cdk.out', CDK_VALIDATION: 'false' };
    await consumer.mustRun('node app.ts', { node: 22, env });
    expect(template()).toMatch(whole);
    const required = "console.log(Object.keys(require('face-detection-poller')).length)";
    await consumer.write({ 'require.cjs': required });
    for (const node of [22, 24] as const)
      expect(await consumer.mustRun('node require.cjs', { node })).toBe('3\n');
  });

  it('of an older library ends with one sentence', async () => {
    consumer = await createConsumer(
      { name: 'pictures', type: 'module' },
      {
        'app.ts': app('./pictures.ts'),
        'pictures.ts': snippet,
      },
    );
    await consumer.install('--legacy-peer-deps', tarball(), 'aws-cdk-lib@2.200.0', 'constructs@10.5.0');
    const { code, output } = await consumer.run('node app.ts');
    expect(code).toBe(1);
    expect(output).toContain(
      'aws-cdk-lib 2.200.0 has no Node 24 for Lambda: face-detection-poller needs 2.226.0 or later',
    );
  });
});
