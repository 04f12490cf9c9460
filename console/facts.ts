/** What the server writes into the page. */
export interface Facts {
  /** A deployed stack by its name, or this machine. */
  place: string;
  /** Whether the simulator answers in place of the provider: its pictures come through this server. */
  isSimulated: boolean;
  /** Whether media can be submitted here, and a swap request built. */
  canSubmit: boolean;
  canSwap: boolean;
  statuses: readonly string[];
  /** Each error code with what to do. */
  errors: Readonly<Record<string, { advice: string; isRetryable: boolean }>>;
}

export const facts = JSON.parse(document.querySelector('#facts')?.textContent ?? '{}') as Facts;
