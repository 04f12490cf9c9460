/** A request and its answer, independent of the server. */

export interface ApiRequest {
  method: string;
  /** As received, without the query. */
  path: string;
  query: string;
  /** With names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Uint8Array;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** Instead of the body, on this machine alone: a picture. */
  bytes?: Uint8Array;
}

/** A face's link opens its image to everyone who has it: no cache may keep an answer. */
const headers = { 'cache-control': 'no-store' };

export const json = (status: number, body: object, more: Record<string, string> = {}): ApiResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers, ...more },
  body: JSON.stringify(body),
});

/** One line of JSON for each value: https://github.com/ndjson/ndjson-spec */
export const jsonLines = (values: readonly object[], more: Record<string, string> = {}): ApiResponse => ({
  status: 200,
  headers: { 'content-type': 'application/x-ndjson', ...headers, ...more },
  body: values.map((value) => `${JSON.stringify(value)}\n`).join(''),
});

/** The address opens the picture for everyone who has it, as a face's link does. */
export const redirect = (location: string): ApiResponse => ({
  status: 302,
  headers: { location, ...headers },
  body: '',
});

export const picture = (contentType: string, bytes: Uint8Array): ApiResponse => ({
  status: 200,
  headers: { 'content-type': contentType, 'x-content-type-options': 'nosniff', ...headers },
  body: '',
  bytes,
});

export const noContent = (): ApiResponse => ({ status: 204, headers, body: '' });

/** https://www.rfc-editor.org/rfc/rfc9457: status and operation identify the problem, so `type` stays blank. */
const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
} as const;

export interface Problem {
  status: keyof typeof titles;
  /** One sentence; where a field is at fault, the field and the rule. */
  detail: string;
  field?: string | undefined;
  /** Of a submission that came to nothing: which way, and what the provider said. */
  code?: string;
  provider_code?: number | undefined;
  provider_message?: string | undefined;
  headers?: Record<string, string>;
}

export function problemAnswer({ status, headers: more, ...rest }: Problem): ApiResponse {
  // JSON leaves out what is undefined.
  const body = { type: 'about:blank', title: titles[status], status, ...rest };
  return json(status, body, { 'content-type': 'application/problem+json', ...more });
}
