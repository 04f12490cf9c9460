/** A name that Secrets Manager takes for the end of a complete ARN; the CDK reads ARNs as Secrets Manager does. */
import { App, Stack } from 'aws-cdk-lib';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { checkProps } from '../../infra/check-props.ts';
import { importByName } from '../../infra/imports.ts';

const newStack = (): Stack =>
  new Stack(new App(), 'Names', { env: { account: '1'.repeat(12), region: 'us-east-1' } });

function passes(use: (stack: Stack) => unknown): boolean {
  try {
    use(newStack());
    return true;
  } catch {
    return false;
  }
}

const isAccepted = (apiKeySecretName: string): boolean =>
  passes((stack) => checkProps(stack, importByName(stack, { apiKeySecretName })));
const isTakenForComplete = (name: string): boolean =>
  passes((stack) => {
    const arn = `arn:aws:secretsmanager:us-east-1:${'1'.repeat(12)}:secret:${name}`;
    return secrets.Secret.fromSecretCompleteArn(stack, 'Secret', arn);
  });

const letters = fc.string({
  unit: fc.constantFrom('a', 'Z', '9', '/', '_', '+', '=', '.', '@', '-'),
  minLength: 1,
  maxLength: 9,
});

it('is refused as the name of a secret, and no other name is', () => {
  const examples = [
    'crun',
    'crun-key',
    'crun-secret',
    'crun-apikey',
    'a-b-SECRET',
    'crun-a1b2c',
    'crun-a1b2c3d',
  ];
  fc.assert(
    fc.property(fc.tuple(letters, fc.constantFrom('', '-secret', '-a1B2c3')), ([start, end]) => {
      const name = `${start}${end}`;
      expect([name, isAccepted(name)]).toEqual([name, !isTakenForComplete(name)]);
    }),
    { numRuns: 40, examples: examples.map((name) => [[name, '']]) },
  );
  expect(examples.filter(isTakenForComplete)).toEqual(['crun-secret', 'crun-apikey', 'a-b-SECRET']);
});
