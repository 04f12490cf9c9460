/** A stack that was deployed from the sources and is then deployed by the package: nothing changes but code. */
import path from 'node:path';

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';

import { FaceDetectionPollerStack } from '../../exports/construct.ts';
import { root } from '../support/folders.ts';

type Exports = typeof import('../../exports/construct.ts');

/** Without what names the code: the asset's hash, and that of the version that a function publishes of it. */
const templateBy = (Stack: Exports['FaceDetectionPollerStack']): unknown => {
  const stack = new Stack(new App(), 'Upgraded', { api: { token: true }, archive: true });
  const template = JSON.stringify(Template.fromStack(stack).toJSON());
  return JSON.parse(
    template
      .replaceAll(/"S3Key":"[0-9a-f]{64}\.zip"/g, '"S3Key":"code"')
      .replaceAll(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1'),
  );
};

it('keeps table, secrets and every logical id', async () => {
  const module = path.join(root, 'dist/lib/exports/construct.js');
  const packaged = (await import(module)) as Exports;
  expect(packaged.FaceDetectionPollerStack).not.toBe(FaceDetectionPollerStack);
  expect(templateBy(packaged.FaceDetectionPollerStack)).toEqual(templateBy(FaceDetectionPollerStack));
});
