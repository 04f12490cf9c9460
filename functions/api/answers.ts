/** The bodies of the API's answers, for programs that read them. */
import type { Detection } from '../detection/fields.ts';
import type { ListPage } from '../records/list.ts';

/** With a `cursor` where there are more faces. */
export interface DetectionBody extends Detection {
  cursor?: string;
}

export interface ListBody extends ListPage {}
export type ListedBody = ListBody['detections'][number];

/** https://www.rfc-editor.org/rfc/rfc9457 */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  field?: string;
}
