import { describe, expect, it } from 'vitest';

import { ScriptSchema } from '../../../local/simulator/script.ts';

describe('a script', () => {
  it.each([
    ['no step', []],
    ['nothing after its wait', [{ step: 'after', ms: 10 }]],
    ['an unknown step', [{ step: 'explode' }]],
    ['an unknown field', [{ step: 'hang', ms: 10 }]],
    ['a step that answers no call', [{ step: 'hang', times: 0 }]],
    ['a status that HTTP does not have', [{ step: 'html', httpStatus: 99 }]],
  ])('with %s is invalid', (_what, script) => {
    expect(ScriptSchema.safeParse(script).success).toBe(false);
  });
});
