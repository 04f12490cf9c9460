/** What every function needs to know of where it runs: its environment, parsed once, and how long it waits for AWS. */
import * as z from 'zod/mini';

import { type CallbackRule } from './detection/callback-rule.ts';
import { DeadlineSeconds } from './detection/input.ts';
import { workflowTypes } from './detection/types.ts';
import { RateLimit } from './rate-limit/limit.ts';
import type { RecordDefaults } from './records/head.ts';
import { maxShards } from './records/table.ts';

const retentionRule = 'must be a whole number of days from 1 to 3650';
export const RecordRetentionDays = z
  .int(retentionRule)
  .check(z.gte(1, retentionRule), z.lte(3_650, retentionRule));

const shardsRule = `must be a whole number from 1 to ${maxShards}`;
export const Shards = z.int(shardsRule).check(z.gte(1, shardsRule), z.lte(maxShards, shardsRule));

/** Where the records are, and what the stack decided for all of them. */
export const RecordEnv = z.object({
  TABLE_NAME: z.string().check(z.minLength(1)),
  DEADLINE_SECONDS: z.pipe(z.coerce.number(), DeadlineSeconds),
  RETENTION_DAYS: z.pipe(z.coerce.number(), RecordRetentionDays),
  SHARDS: z.pipe(z.coerce.number(), Shards),
  /** `*`, or hosts with commas in between. */
  CALLBACK_HOSTS: z.string().check(z.minLength(1)),
  CALLBACK_PORTS: z.string().check(z.regex(/^\d{1,5}(,\d{1,5})*$/)),
  /**
   * Callbacks may be http on the function's own machine: for emulators of AWS, where that is the tester's. No prop and no
   * context key sets it, because at AWS the loopback interface is the sandbox with its runtime API.
   */
  CALLBACK_LOOPBACK: z.optional(z.literal('1')),
  /** The bucket of the archived pictures, where there is an archive. */
  ARCHIVE_BUCKET: z.optional(z.string().check(z.minLength(1))),
});

const text = z.string().check(z.minLength(1));

/** Of a function that calls the provider. */
export const ProviderEnv = {
  CRUN_BASE_URL: z.string().check(z.refine((url) => URL.parse(url) !== null, 'CRUN_BASE_URL must be a URL')),
  API_KEY_SECRET_ARN: z.optional(text),
  API_KEY_PARAMETER_NAME: z.optional(text),
  /** Calls a second; 0 is no limit. Empty text is rejected, because it would count as 0. */
  RATE_LIMIT: z.pipe(text, z.pipe(z.transform(Number), RateLimit)),
};

/** The key is in one store. */
export const oneKeyStore = z.refine<{
  [Name in `API_KEY_${'SECRET_ARN' | 'PARAMETER_NAME'}`]?: string | undefined;
}>((env) => (env.API_KEY_SECRET_ARN === undefined) !== (env.API_KEY_PARAMETER_NAME === undefined), {
  path: ['API_KEY_SECRET_ARN', 'API_KEY_PARAMETER_NAME'],
});

/** The type of the state machine. */
export const WorkflowTypeEnv = z.enum(workflowTypes);

/** As the environment and a stack's outputs spell it. */
export const callbackRuleOf = (hosts: string, ports: string): CallbackRule => ({
  ...(hosts !== '*' && { hosts: hosts.split(',') }),
  ports: ports.split(',').map(Number),
});

export const recordDefaultsOf = (env: z.infer<typeof RecordEnv>): RecordDefaults => ({
  deadlineSeconds: env.DEADLINE_SECONDS,
  retentionSeconds: env.RETENTION_DAYS * 86_400,
  shards: env.SHARDS,
  callbacks: {
    ...callbackRuleOf(env.CALLBACK_HOSTS, env.CALLBACK_PORTS),
    ...(env.CALLBACK_LOOPBACK === '1' && { allowLoopback: true }),
  },
  ...(env.ARCHIVE_BUCKET !== undefined && { archives: true }),
});

/** Names a bad deploy, so that the workflow does not retry it as if it would pass. */
export const invalidEnvironment = 'InvalidEnvironmentError';

class InvalidEnvironmentError extends Error {
  override readonly name = invalidEnvironment;
}

/** Names the variable that is wrong, without its value. */
export function parseEnvironment<Schema extends z.ZodMiniType>(
  functionName: string,
  schema: Schema,
  environment: Record<string, string | undefined>,
): z.infer<Schema> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  throw new InvalidEnvironmentError(
    `the ${functionName} function's environment is wrong in ${parsed.error.issues[0]?.path.join(' or ')}`,
  );
}

/**
 * Without time-outs the SDK waits for ever for an answer that never comes. Certificates are verified whatever
 * NODE_TLS_REJECT_UNAUTHORIZED says: keys and faces travel here.
 */
export const sdkTransport = {
  connectionTimeout: 2_000,
  requestTimeout: 5_000,
  throwOnRequestTimeout: true,
  httpsAgent: { rejectUnauthorized: true },
};
