/** Each function gets the whole environment that it parses, and nothing else. */
import { describe, expect, it } from 'vitest';

import { ApiEnv } from '../../functions/api/env.ts';
import { ArchiveEnv } from '../../functions/archive/env.ts';
import { AuthorizeEnv } from '../../functions/authorize/env.ts';
import { DeliverEnv } from '../../functions/notify/webhook/env.ts';
import { PollEnv } from '../../functions/poll/env.ts';
import { SubmitEnv } from '../../functions/submit/env.ts';
import { SweepEnv } from '../../functions/sweep/env.ts';
import { environmentOf, synthesise } from '../support/synthesis.ts';

/** Only an emulator sets them, or a setting that is not given here. */
const unset = /^CALLBACK_LOOPBACK$|^SIMULATOR_ORIGIN$|^API_KEY_PARAMETER_NAME$|_BUDGET_SECONDS$/;
const functions = {
  PollerPoll: PollEnv,
  PollerSubmit: SubmitEnv,
  PollerSweep: SweepEnv,
  PollerDeliver: DeliverEnv,
  PollerApiFunction: ApiEnv,
  PollerApiAuthorize: AuthorizeEnv,
};

describe.each([
  ['with an archive', true],
  ['without one', false],
])('a stack %s', (_which, archive) => {
  const template = synthesise(() => ({ archive, api: { token: true } }));

  it.each(Object.entries({ ...functions, ...(archive && { PollerArchive: ArchiveEnv }) }))(
    'gives %s what its schema has',
    (id, schema) => {
      const parsed = Object.keys(schema.def.shape).filter(
        (name) => !unset.test(name) && (archive || name !== 'ARCHIVE_BUCKET'),
      );
      expect(Object.keys(environmentOf(template, id)).toSorted()).toEqual(parsed.toSorted());
    },
  );
});
