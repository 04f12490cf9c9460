/** CDK apps as `cdk init` makes them, with the construct in their stack. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import manifest from '../../package.json' with { type: 'json' };
import { type Consumer, createConsumer, tarball } from './consumer.ts';
import { commonJs, esModule } from './pictures.ts';

const lowest = Object.entries(manifest.peerDependencies).map(([name, range]) => `${name}@${range.slice(1)}`);
let consumer: Consumer;
afterEach(() => consumer.close());

const template = (): string =>
  readFileSync(path.join(consumer.folder, 'cdk.out/Pictures.template.json'), 'utf8');
const synthesis = { CDK_OUTDIR: 'cdk.out', CDK_VALIDATION: 'false' };
const whole = /"AWS::Lambda::Function"[^]*"FacesStateMachineArn"/;

describe('a CDK app', () => {
  it.each([
    ['the newest peers', ['aws-cdk-lib@2', 'constructs@10']],
    ['the lowest peers', lowest],
  ])('in CommonJS, by ts-node, synthesises with %s', async (_which, peers) => {
    const { manifest: own, files, packages, run } = commonJs();
    consumer = await createConsumer(own, files);
    await consumer.install(tarball(), ...peers, ...packages);
    await consumer.mustRun(run, { env: synthesis });
    expect(template()).toMatch(whole);
  });

  it('as an ES module synthesises, on Node 22 too', async () => {
    const { manifest: own, files, run } = esModule();
    consumer = await createConsumer(own, files);
    await consumer.install(tarball(), 'aws-cdk-lib@2', 'constructs@10');
    await consumer.mustRun(run, { node: 22, env: synthesis });
    expect(template()).toMatch(whole);
    const required = "console.log(Object.keys(require('face-detection-poller')).length)";
    await consumer.write({ 'require.cjs': required });
    for (const node of [22, 24] as const)
      expect(await consumer.mustRun('node require.cjs', { node })).toBe('3\n');
  });

  it('as `cdk init` makes it today type-checks and synthesises by its own runner', async () => {
    consumer = await createConsumer({});
    await using maker = await createConsumer({});
    await maker.install('aws-cdk@2');
    // It makes an app in an empty folder alone.
    await consumer.mustRun('rm package.json');
    const init = 'cdk init app --language typescript --generate-only';
    await maker.mustRun(init, { cwd: consumer.folder, env: { CDK_DISABLE_CLI_TELEMETRY: 'true' } });
    const [stack = ''] = globSync('lib/*-stack.ts', { cwd: consumer.folder });
    const made = readFileSync(path.join(consumer.folder, stack), 'utf8');
    const place = '// The code that defines your stack goes here';
    expect(made).toContain(place);
    await consumer.write({
      [stack]: `import { FaceDetectionPoller } from 'face-detection-poller';\n${made.replace(
        place,
        "new FaceDetectionPoller(this, 'Faces', { deadline: cdk.Duration.minutes(10) });",
      )}`,
    });
    await consumer.install(tarball());
    const { app } = JSON.parse(readFileSync(path.join(consumer.folder, 'cdk.json'), 'utf8')) as {
      app: string;
    };
    expect(app).toMatch(/^npx tsc && npx \w+ bin\//);
    const synthesised = await consumer.mustRun('npx --no-install cdk synth --no-notices', { env: synthesis });
    expect(synthesised).toMatch(/AWS::Lambda::Function[^]*FacesStateMachineArn/);

    const right = readFileSync(path.join(consumer.folder, stack), 'utf8');
    await consumer.write({ [stack]: right.replace('cdk.Duration.minutes(10)', '600') });
    const { code, output } = await consumer.run('npx --no-install tsc');
    expect(code).not.toBe(0);
    expect(output).toContain("Type 'number' is not assignable to type 'Duration'");
  });

  it('of an older library ends with one sentence', async () => {
    const { manifest: own, files, run } = esModule();
    consumer = await createConsumer(own, files);
    await consumer.install('--legacy-peer-deps', tarball(), 'aws-cdk-lib@2.200.0', 'constructs@10.5.0');
    const { code, output } = await consumer.run(run);
    expect(code).toBe(1);
    expect(output).toContain(
      'aws-cdk-lib 2.200.0 has no Node 24 for Lambda: face-detection-poller needs 2.226.0 or later',
    );
  });
});
