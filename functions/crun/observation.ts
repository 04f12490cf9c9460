import type { DenialCode, FailureCode, HoldCode, ProviderWords } from '../detection/error-codes.ts';
import type { DetectionResult } from '../detection/types.ts';

/** What one poll saw. `reason` is always in our own fixed words. */
export type Observation =
  | { kind: 'pending'; status: 'starting' | 'processing' }
  /** A status that the provider does not document: waited out like pending, logged by name. */
  | { kind: 'pending'; status: 'unknown'; name: string }
  /** Code 404 or 422: not there yet, never there, or mislaid. Only the history can tell. */
  | { kind: 'not-found'; code: 'TASK_NOT_FOUND' | 'INVALID_TASK'; provider: ProviderWords }
  | ({ kind: 'succeeded' } & DetectionResult)
  | { kind: 'failed'; code: FailureCode; provider: ProviderWords }
  | { kind: 'throttled'; reason: string; hintMs?: number | undefined }
  | { kind: 'on-hold'; code: HoldCode; provider: ProviderWords }
  | { kind: 'unavailable'; reason: string; hintMs?: number | undefined }
  /** Outside of the contract: a few in a row, and polling is given up with this code. */
  | { kind: 'violation'; code: 'CONTRACT_VIOLATION' | 'UNEXPECTED_RESPONSE'; reason: string }
  | { kind: 'denied'; code: DenialCode; reason: string; provider: ProviderWords };
