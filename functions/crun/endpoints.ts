/**
 * The provider's calls, in one table: what the poller and the command line make, and what the simulator answers.
 * Source: docs.crun.ai, ai-tools/face-swap.
 */
export const crunBaseUrl = 'https://api.crun.ai';

/** Whether a base URL is the provider's own, in whichever spelling. */
export const isCrun = (baseUrl: string): boolean =>
  URL.parse(baseUrl)?.origin.replace(/\.$/, '') === crunBaseUrl;

export interface Endpoint {
  method: 'GET' | 'POST';
  path: string;
}

const job = '/api/v1/client/job';

export const endpoints = {
  detectImage: { method: 'POST', path: `${job}/detect-face-image`, mediaField: 'image_url' },
  /** Also for GIFs. Path and field follow the image call: the provider's pages do not confirm them. */
  detectVideo: { method: 'POST', path: `${job}/detect-face-video`, mediaField: 'video_url' },
  detectResult: { method: 'GET', path: `${job}/detect-face-result` },
  createTask: { method: 'POST', path: `${job}/CreateTask` },
  uploadUrl: { method: 'GET', path: '/api/v1/client/files/upload-url' },
} as const satisfies Record<string, Endpoint & { mediaField?: string }>;

/** A base URL may have a path of its own, such as a proxy's, and end with any number of slashes. */
export const endpointUrl = (baseUrl: string, { path }: Endpoint): URL =>
  new URL(path.slice(1), baseUrl.replace(/\/*$/, '/'));
