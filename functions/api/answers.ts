/** The bodies of the API's answers, for programs that read them. */
import type { HoldCode } from '../detection/error-codes.ts';
import type { Detection } from '../detection/fields.ts';
import type { ListPage } from '../records/list.ts';

/** With a `cursor` where there are more faces. */
export interface DetectionBody extends Detection {
  cursor?: string;
}

export interface ListBody extends ListPage {}
export type ListedBody = ListBody['detections'][number];

export interface RateBody {
  /** Calls a second by the settings; 0: no limit. */
  limit?: number | undefined;
  /** What the provider's answers leave of them at the moment. */
  effective?: number | undefined;
  /** Calls that have a slot reserved. */
  booked: number;
  /** When the next new call would come. */
  next_at: string;
  /** Where an answer of the provider stops the calls. */
  paused_until?: string | undefined;
  hold?: HoldCode | undefined;
}

/** https://www.rfc-editor.org/rfc/rfc9457 */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  field?: string;
}
