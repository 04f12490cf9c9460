/** What the server writes into the page. */
export interface Facts {
  /** A deployed stack by its name, or this machine. */
  place: string;
  /** Whether the simulator answers in place of the provider: its pictures come through this server. */
  isSimulated: boolean;
  /** The largest file that is uploaded. */
  maxFileBytes: number;
  statuses: readonly string[];
  /** Each error code with what to do. */
  errors: Readonly<Record<string, { advice: string; isRetryable: boolean }>>;
}

export const facts = JSON.parse(document.querySelector('#facts')?.textContent ?? '{}') as Facts;
