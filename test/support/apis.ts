/** The API over real records and a workflow that keeps names as Step Functions does. */
import { expect } from 'vitest';

import { type Api, createApi } from '../../functions/api/api.ts';
import type { ApiRequest } from '../../functions/api/message.ts';
import type { Images } from '../../functions/archive/images.ts';
import { createService } from '../../functions/control/service.ts';
import type { Detection } from '../../functions/detection/fields.ts';
import { type Limit, limitOf } from '../../functions/rate-limit/inspect.ts';
import type { Submitter } from '../../functions/submit/submitter.ts';
import { tableName } from '../../local/table.ts';
import { faultsOf } from './conform.ts';
import { createEngine } from './engine.ts';
import { recordsOf, testClock } from './records.ts';
import { noSubmitter } from './submitting.ts';
import type { TestTable } from './table.ts';

/** The body of any answer, as far as tests look into it. */
type Body = Partial<Detection> & {
  cursor?: string;
  detections?: Partial<Detection>[];
  type?: string;
  title?: string;
  detail?: string;
  field?: string;
};

export interface Asked {
  status: number;
  headers: Record<string, string>;
  body: Body;
  /** Of an answer in lines. */
  lines?: Record<string, unknown>[];
}

type More = Partial<Pick<ApiRequest, 'headers'>> & { body?: unknown; raw?: Uint8Array | string };

/** One request in short, whose answer must be one that the document describes: `GET /detections?limit=1`, with a body as JSON or as it stands. */
export function asking(answer: Api) {
  return async (line: string, { body, raw, headers }: More = {}): Promise<Asked> => {
    const [method = '', target = ''] = line.split(' ');
    const [path = '', query = ''] = target.split('?');
    const text = raw ?? (body === undefined ? '' : JSON.stringify(body));
    const sent = {
      method,
      path,
      query,
      headers: headers ?? (body === undefined ? {} : { 'content-type': 'application/json' }),
      body: Buffer.from(text as string),
    };
    const answered = await answer(sent);
    expect(faultsOf(method, path, answered)).toEqual([]);
    if (answered.headers['content-type'] === 'application/x-ndjson') {
      const lines = answered.body.split('\n').filter((each) => each !== '');
      return {
        ...answered,
        body: {},
        lines: lines.map((each) => JSON.parse(each) as Record<string, unknown>),
      };
    }
    return { ...answered, body: (answered.body === '' ? {} : JSON.parse(answered.body)) as Body };
  };
}

export function apisOn(
  table: TestTable,
  {
    patienceMs,
    submitter = noSubmitter,
    images,
    limit,
  }: { patienceMs?: number; submitter?: Submitter; images?: Images; limit?: Limit } = {},
) {
  const clock = testClock();
  const { records, ...rest } = recordsOf(table, clock);
  const engine = createEngine();
  const service = createService({ records, workflow: engine.workflow, now: () => clock.now() });
  const backend = {
    records,
    service,
    submitter,
    images,
    limit: limit ?? limitOf({ client: table.client, tableName }, 'https://provider.test', () => clock.now()),
  };
  const logged: unknown[] = [];
  const answer = createApi({
    ...backend,
    log: (line) => logged.push(line),
    ...(patienceMs && { patienceMs }),
  });
  return { clock, records, ...rest, ...engine, backend, answer, ask: asking(answer), logged };
}
