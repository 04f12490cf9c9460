/** What the reference says of the fields, and the schemas that check them, are the same fields; `tsc` compares the types. */
import { expect, expectTypeOf, it } from 'vitest';
import type * as z from 'zod/mini';

import type { DetectFileRequest, DetectUrlRequest, StartInput } from '../../../client/requests.ts';
import type { ExecutionInput } from '../../../functions/detection/input.ts';
import { DetectInput } from '../../../functions/submit/input.ts';
import { Imports } from '../../../infra/imports.ts';

it('a request has the fields that its schema takes', () => {
  expectTypeOf<StartInput>().toEqualTypeOf<z.input<typeof ExecutionInput>>();
  expectTypeOf<Omit<DetectUrlRequest, never>>().toEqualTypeOf<
    Omit<z.input<typeof DetectInput>, 'media_sha256'>
  >();
  // An upload names the file's type.
  expectTypeOf<Omit<DetectFileRequest, 'file'>>().toEqualTypeOf<
    Omit<DetectUrlRequest, 'media_url' | 'media_type'>
  >();
  expectTypeOf<keyof Imports>().toEqualTypeOf<keyof z.infer<typeof Imports>>();
  expect(Object.keys(DetectInput.shape)).toContain('media_sha256');
});
