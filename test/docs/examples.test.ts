import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createApp } from '../../infra/create-app.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
let examples: string[];

// As they stand in the README, but for the folder that they import from: a copy beside the sources finds them.
beforeAll(async () => {
  await mkdir(path.join(root, '.cache'), { recursive: true });
  folder = await mkdtemp(path.join(root, '.cache/examples-'));
  const readme = await readFile(path.join(root, 'README.md'), 'utf8');
  examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text);
  const copies = examples.map((text, index) => [
    `${index}.ts`,
    text.replaceAll(" from './", " from '../../"),
  ]);
  const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
  copies.push(['tsconfig.json', JSON.stringify(config)]);
  await Promise.all(copies.map(([name = '', text = '']) => writeFile(path.join(folder, name), text)));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the examples', { timeout: 60_000 }, () => {
  it('compile as strictly as the sources', async () => {
    expect(examples.length).toBeGreaterThan(1);
    const tsc = path.join(root, 'node_modules/.bin/tsc');
    const said = await promisify(execFile)(tsc, ['--project', folder]).catch((error: unknown) => error);
    expect(said).toMatchObject({ stdout: '' });
  });

  it('make a stack of yours in twelve lines', async () => {
    const index = examples.findIndex((text) => text.includes('extends Stack'));
    const lines = (examples[index] ?? '').split('\n').filter((line) => line !== '');
    expect(lines).toHaveLength(12);

    const module = (await import(path.join(folder, `${index}.ts`))) as {
      PicturesStack: new (app: ReturnType<typeof createApp>) => Stack;
    };
    const app = createApp({ context: { 'aws:cdk:bundling-stacks': [] } });
    const template = Template.fromStack(new module.PicturesStack(app));
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain('states:StartExecution');
  });
});
