/** In each test file of the recording: what the product asks of AWS and is answered, judged by the services' models. */
import { appendFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, inject } from 'vitest';

import { commonErrors } from './common-errors.ts';
import type { CallSite } from './instrument.ts';
import { errorsOf, faultsOf, modelOf } from './model.ts';

export interface Recorded extends CallSite {
  requests: number;
  answers: number;
  /** Distinct ones, in one line each. */
  faults: string[];
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with botocore's models, and the one for what is recorded. */
    models: string;
    recordings: string;
  }
}

interface Command {
  input: unknown;
}
type Send = (...args: unknown[]) => unknown;

const data = inject('models');
const sites = new WeakMap<object, CallSite>();
const recorded = new Map<string, Recorded>();

function recordOf(site: CallSite): Recorded {
  const known = recorded.get(site.site) ?? { ...site, requests: 0, answers: 0, faults: [] };
  recorded.set(site.site, known);
  return known;
}

function add(known: Recorded, faults: readonly string[]): void {
  for (const fault of faults) if (!known.faults.includes(fault)) known.faults.push(fault);
}

/** Faults of networks and of processes have no name of AWS's. */
const isOfAws = (error: unknown): error is Error =>
  error instanceof Error && ('$fault' in error || /(?:Exception|Exists|Exceeded|NotFound)$/.test(error.name));

const calls = {
  /** The class of a command, of which each instance knows where it was made. */
  made: (site: CallSite, Class: new (...args: unknown[]) => Command) =>
    new Proxy(Class, {
      construct(target, args) {
        const command = new target(...args);
        sites.set(command, site);
        const known = recordOf(site);
        known.requests += 1;
        add(known, faultsOf(modelOf(site.service, data), site.operation, 'input', command.input));
        return command;
      },
    }),
  /** Whatever stands in the place of a client of the SDK; anything else passes. */
  through: (client: { send: Send }) => ({
    send(...args: unknown[]): unknown {
      const site = sites.get(args[0] as object);
      const sent = client.send(...args);
      return site === undefined ? sent : answered(site, sent as Promise<unknown>);
    },
  }),
  /** An address signed for others, who get the answer. */
  signed:
    (sign: Send): Send =>
    (client, command, ...more) => {
      const site = sites.get(command as object);
      if (site !== undefined) recordOf(site).answers += 1;
      return sign(client, command, ...more);
    },
};

async function answered(site: CallSite, sent: Promise<unknown>): Promise<unknown> {
  const known = recordOf(site);
  const model = modelOf(site.service, data);
  try {
    const answer = await sent;
    const { $metadata: _, ...output } = (answer ?? {}) as Record<string, unknown>;
    known.answers += 1;
    add(known, faultsOf(model, site.operation, 'output', output));
    return answer;
  } catch (error) {
    if (isOfAws(error) && ![...errorsOf(model, site.operation), ...commonErrors].includes(error.name))
      add(known, [`${error.name}: no error of ${site.operation}`]);
    throw error;
  }
}

Object.assign(globalThis, { awsCalls: calls });

afterAll(() => {
  const lines = [...recorded.values()].map((one) => `${JSON.stringify(one)}\n`).join('');
  recorded.clear();
  appendFileSync(path.join(inject('recordings'), `${process.pid}.jsonl`), lines);
});
