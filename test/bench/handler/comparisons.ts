/** What is measured, how often, and which bars it must keep. */
import { bundle } from './bundles.ts';
import { type Others, startOthers } from './others.ts';
import { type Comparison, compare } from './pairs.ts';
import type { Result } from './result.ts';
import { type ColdPart, coldStart, environmentOf, type Sandbox, startSandbox } from './sandboxes.ts';

const maxBundleKb = 470;
const maxInit = 1.25;
const maxPoll = 1.5;
/** A heap of 10,000 invocations beside one of 1,000: what differs is no growth by the invocation. */
const maxHeap = 1.1;

const warmUp = 1_000;
const batch = 100;

export async function compareAll(folder: string, isQuick: boolean): Promise<Result[]> {
  const pairs = { cold: isQuick ? 7 : 11, warm: isQuick ? 8 : 14 };
  const [ours, oursWithParameter, bare, bareWithAlias] = await Promise.all([
    bundle('ours', folder),
    bundle('oursWithParameter', folder),
    bundle('bare', folder),
    bundle('bareWithAlias', folder),
  ]);
  const others = await startOthers();
  const env = environmentOf(others.url);
  const compareStarts = (rival: { path: string }, part: ColdPart) =>
    compare(
      pairs.cold,
      () => coldStart(ours.path, env, part),
      () => coldStart(rival.path, env, part),
    );
  try {
    const size = { unit: 'KB', bare: bare.bytes / 1_000, bound: maxBundleKb } as const;
    return [
      { what: 'bundle, key in a secret', ours: ours.bytes / 1_000, ...size },
      { what: 'bundle, key in a parameter', ours: oursWithParameter.bytes / 1_000, ...size },
      ...both('init', await compareStarts(bare, 'load')),
      ...both('init and first poll', await compareStarts(bare, 'both'), maxInit),
      ...both('first poll of a cold sandbox', await compareStarts(bare, 'first')),
      ...both('init, bare with our alias', await compareStarts(bareWithAlias, 'load')).slice(0, 1),
      ...(await compareWarm(others, { ours: ours.path, bare: bare.path }, pairs.warm)),
      await heapOf(others, ours.path, isQuick ? 3_000 : 10_000),
    ];
  } finally {
    others.close();
  }
}

async function compareWarm(
  others: Others,
  paths: { ours: string; bare: string },
  pairs: number,
): Promise<Result[]> {
  const env = environmentOf(others.url);
  const ours = startSandbox(paths.ours, env);
  const rated = startSandbox(paths.ours, { ...env, RATE_LIMIT: '3000' });
  const bare = startSandbox(paths.bare, env);

  /** How many calls ours makes for one invocation. */
  async function callsOf(sandbox: Sandbox, expected: string): Promise<number> {
    const before = others.calls();
    await sandbox.invoke(expected, 10);
    return (others.calls() - before) / 10;
  }
  async function pair(sandbox: Sandbox, [next, status]: [string, string]): Promise<Comparison> {
    await sandbox.invoke(next, warmUp);
    await bare.invoke(status, warmUp);
    return perInvocation(
      await compare(
        pairs,
        () => sandbox.invoke(next, batch),
        () => bare.invoke(status, batch),
      ),
      batch,
    );
  }
  try {
    const waiting: [string, string] = ['wait', 'processing'];
    const results = both('warm poll', await pair(ours, waiting), maxPoll);
    const withRate = await pair(rated, waiting);
    results.push(...byTheCall('warm poll with a rate', withRate, await callsOf(rated, 'wait'), maxPoll));

    others.delay({ provider: 150, aws: 5 });
    const slow = await compare(
      2,
      () => ours.invoke('wait', 200, 20),
      () => bare.invoke('processing', 200, 20),
    );
    results.push(...both('warm poll, 150 ms away', perInvocation(slow, 10)).slice(1));

    others.delay({ provider: 0, aws: 0 });
    others.say('succeeded');
    const settling = await pair(ours, ['settled', 'succeeded']);
    results.push(...byTheCall('settling invocation', settling, await callsOf(ours, 'settled')));
    return results;
  } finally {
    others.say('processing');
    for (const sandbox of [ours, rated, bare]) sandbox.close();
  }
}

/** Sequential invocations of as many tasks, with a collection before each measurement. */
async function heapOf(others: Others, path: string, invocations: number): Promise<Result> {
  const sandbox = startSandbox(path, environmentOf(others.url), ['--expose-gc']);
  try {
    const early = await sandbox.invoke('wait', 1_000);
    const late = await sandbox.invoke('wait', invocations - 1_000);
    return {
      what: `heap after ${invocations} invocations, beside 1,000`,
      unit: 'MB',
      ours: late.heapUsed / 1e6,
      bare: early.heapUsed / 1e6,
      ratio: late.heapUsed / early.heapUsed,
      bound: maxHeap,
    };
  } finally {
    sandbox.close();
  }
}

/** The bar is on the CPU: it is what a small function has little of, and no neighbour can take it away here. */
function both(what: string, { ours, bare, ratio }: Comparison, bound?: number): Result[] {
  const unit = 'ms';
  const bar = bound !== undefined && { bound };
  return [
    { what: `${what}, CPU`, unit, ours: ours.cpuMs, bare: bare.cpuMs, ratio: ratio.cpu, ...bar },
    { what: `${what}, wall`, unit, ours: ours.wallMs, bare: bare.wallMs, ratio: ratio.wall },
  ];
}

/** The bare handler makes two calls an invocation. */
function byTheCall(what: string, { ours, bare, ratio }: Comparison, calls: number, bound?: number): Result[] {
  return [
    { what: `${what}, CPU`, unit: 'ms', ours: ours.cpuMs, bare: bare.cpuMs, ratio: ratio.cpu },
    {
      what: `${what}, CPU a call (${calls} and 2)`,
      unit: 'ms',
      ours: ours.cpuMs / calls,
      bare: bare.cpuMs / 2,
      ratio: (ratio.cpu * 2) / calls,
      ...(bound !== undefined && { bound }),
    },
  ];
}

function perInvocation({ ours, bare, ratio }: Comparison, invocations: number): Comparison {
  const each = ({ cpuMs, wallMs }: Comparison['ours']) => ({
    cpuMs: cpuMs / invocations,
    wallMs: wallMs / invocations,
  });
  return { ours: each(ours), bare: each(bare), ratio };
}
