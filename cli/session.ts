/** What the verbs share: the backend they talk to, the streams, and the options of the command. */
import type { Command } from 'commander';

import type { Client } from '../client/client.ts';
import type { Connection } from '../client/stack-outputs.ts';
import type { ApiBackend } from '../functions/api/handlers.ts';
import type { PollLine } from '../functions/poll/report.ts';
import type { Limit } from '../functions/rate-limit/inspect.ts';
import type { Finding } from './doctor/check-result.ts';
import type { KeyStore } from './key-store.ts';
import type { Output } from './output.ts';
import type { TokenStore } from './token-store.ts';

/** A deployed stack, or this machine. */
export interface Backend {
  client: Client;
  /** The same, for the HTTP API. */
  api: ApiBackend;
  /** The rate limit of the provider's key. */
  limit: Limit;
  /** Whether the process that starts a task polls it, and so must stay until the task is final. */
  pollsHere: boolean;
  /** Takes a line at each poll of this process. Absent where no poll is its own. */
  followPolls?: (follower: (line: PollLine) => void) => void;
  /** How many tasks may be under way at a time. */
  maxInFlight: number;
  /** The deployed stack by its name, or this machine. */
  place: string;
  /** How often the list is read for those who follow it. */
  listPaceMs: number;
  /** The simulator's address, where it answers in place of the provider. */
  simulatorUrl?: string;
  /** What was lost to a damaged database, in one sentence. */
  loss?: string | undefined;
  /** Shown to people first: what they should know of where this runs. */
  notice?: string;
  close(): Promise<void>;
}

export interface BackendOptions extends Connection {
  /** False for verbs that only read records. */
  polls: boolean;
}

export interface CliDeps {
  open(options: BackendOptions): Promise<Backend>;
  /** Where a deployed stack keeps the provider's API key; throws on one machine, where the environment holds it. */
  openKeyStore: (connection: Connection) => Promise<KeyStore>;
  /** Where a deployed stack keeps the tokens of its HTTP API; throws on one machine. */
  openTokenStore: (connection: Connection) => Promise<TokenStore>;
  /** Checks everything that polling needs, one finding after the other. */
  examine: (connection: Connection) => AsyncIterable<Finding>;
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Whether standard error is a terminal that can move its cursor. */
  movesCursor: boolean;
  /** What signs pushes on this machine. */
  webhookSecrets: () => Promise<readonly string[]>;
}

export interface Session extends CliDeps {
  program: Command;
  format: () => 'json' | 'text';
  isVerbose: () => boolean;
  connection: () => Connection;
  /** Opens a backend for one verb, which returns the exit code, and closes it in any case. */
  using: (
    options: { polls: boolean; showsAll?: boolean },
    verb: (backend: Backend, output: Output) => Promise<number>,
  ) => Promise<void>;
  /** The exit code of a verb that needs no backend. */
  exitWith: (code: number) => void;
}
