/**
 * The provider's calls, in one table: what the poller and the command line make, and what the simulator answers.
 * Source: docs.crun.ai, ai-tools/face-swap.
 */
import { isLoopbackHttp } from '../detection/callback-rule.ts';

export const crunBaseUrl = 'https://api.crun.ai';

/** Whether a base URL is the provider's own, in whichever spelling. */
export const isCrun = (baseUrl: string): boolean =>
  URL.parse(baseUrl)?.origin.replace(/\.$/, '') === crunBaseUrl;

/**
 * Whether calls may go to a base URL. Every one carries the key, so only this machine is spoken to without TLS. Paths are
 * appended to the text as it is: a blank would make no URL of it, a bare `?` or `#` would take the path away.
 */
export function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || /[\s?#]/.test(text) || `${url.username}${url.password}` !== '') return false;
  return url.protocol === 'https:' || isLoopbackHttp(url);
}

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

/** One text for each provider, however its base URL is spelled. */
export const providerName = (baseUrl: string): string =>
  isCrun(baseUrl) ? crunBaseUrl : endpointUrl(baseUrl, { method: 'GET', path: '' }).href;
