import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createApp } from '../../infra/create-app.ts';
import { root } from '../support/folders.ts';
import { exampleWith, writeExamples } from '../support/readme-examples.ts';
import { unbundled } from '../support/synthesis.ts';

let folder: string;
let examples: string[];

// As they stand in the README, but for what they import: a copy beside the sources finds it there.
beforeAll(async () => {
  ({ folder, examples } = await writeExamples());
  const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
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
    const example = exampleWith({ folder, examples }, 'extends Stack');
    const lines = (await readFile(example, 'utf8')).split('\n').filter((line) => line !== '');
    expect(lines.length).toBeLessThanOrEqual(12);

    const module = (await import(example)) as {
      PicturesStack: new (app: ReturnType<typeof createApp>) => Stack;
    };
    const app = createApp(unbundled);
    const template = Template.fromStack(new module.PicturesStack(app));
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
    template.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toContain('states:StartExecution');
  });
});
