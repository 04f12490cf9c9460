import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));

/** The environment of the Authorize function. `infra/` must satisfy its keys; only the handler reads it. */
export const AuthorizeEnv = z.object({
  /** The metrics' dimension. */
  TABLE_NAME: text,
  API_TOKEN_SECRET_ARN: text,
});
export type AuthorizeEnv = z.infer<typeof AuthorizeEnv>;
