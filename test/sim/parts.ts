/** Where a planted bug may stand in for what is there: each is given the real thing. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import type { FetchLink } from '../../functions/archive/fetch-link.ts';
import type { PictureStore } from '../../functions/archive/store.ts';
import type { CrunClient } from '../../functions/crun/client.ts';
import type { PutEvent } from '../../functions/notify/publish.ts';
import type { Send } from '../../functions/notify/webhook/send.ts';
import type { AskDeps } from '../../functions/poll/ask.ts';
import type { createPoll } from '../../functions/poll/invocation.ts';
import type { Policy } from '../../functions/poll/policy.ts';
import type { Records } from '../../functions/records/records.ts';
import type { Measure } from '../../functions/telemetry/metrics.ts';
import type { withoutWords } from '../../functions/telemetry/safe-error.ts';

type Same<Part> = (real: Part) => Part;

export interface Parts {
  log: Same<(line: object) => void>;
  measure: Same<Measure>;
  /** What a function throws in place of an error. */
  thrown: Same<typeof withoutWords>;
  /** What is written, before it is sent. */
  dynamodb: (client: DynamoDBClient) => void;
  records: Same<Records>;
  put: Same<PutEvent>;
  crun: Same<AskDeps['crun']>;
  submit: Same<Pick<CrunClient, 'call'>>;
  links: Same<FetchLink>;
  store: Same<PictureStore>;
  policy: Same<Policy>;
  send: Same<Send>;
  poll: Same<ReturnType<typeof createPoll>>;
}

const same = <Part>(real: Part): Part => real;

export const realParts: Parts = {
  log: same,
  measure: same,
  thrown: same,
  dynamodb: () => {},
  records: same,
  put: same,
  crun: same,
  submit: same,
  links: same,
  store: same,
  policy: same,
  send: same,
  poll: same,
};
