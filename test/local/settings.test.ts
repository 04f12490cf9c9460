import { describe, expect, it } from 'vitest';

import { localSettings } from '../../local/settings.ts';

const key = 'printable';
const rateOf = (environment: Record<string, string>) => localSettings(environment, { polls: true }).rateLimit;

const settingsOf = (environment: Record<string, string>) =>
  localSettings({ CRUN_API_KEY: key, ...environment }, { polls: true });

describe('a proxy of the environment', () => {
  it.each(['HTTPS_PROXY', 'https_proxy'])('is refused in one sentence: %s', (name) => {
    expect(() => settingsOf({ [name]: 'http://proxy.example:3128' })).toThrow(
      `${name}: calls to the provider use no proxy; unset it, or name api.crun.ai in NO_PROXY where it can be reached directly`,
    );
    const other = { [name]: 'http://proxy.example:3128', NO_PROXY: 'example.com, .runcrun.ai, notcrun.ai' };
    expect(() => settingsOf(other)).toThrow('use no proxy');
  });

  it.each([
    { NO_PROXY: 'api.crun.ai' },
    { no_proxy: 'example.com,.crun.ai' },
    { NO_PROXY: '*' },
    { NO_PROXY: 'API.crun.ai.:443' },
    { NO_PROXY: 'crun.ai', CRUN_BASE_URL: 'https://api.crun.ai.' },
    { CRUN_BASE_URL: 'http://127.0.0.1:8080' },
  ])('does not matter with %j', (environment) => {
    expect(settingsOf({ HTTPS_PROXY: 'http://proxy.example:3128', ...environment }).provider.kind).toBe(
      'crun',
    );
  });

  it('does not matter to what polls nothing', () => {
    const environment = { CRUN_API_KEY: key, HTTPS_PROXY: 'http://proxy.example:3128' };
    expect(localSettings(environment, { polls: false }).provider).toEqual({ kind: 'none' });
  });
});

describe('the rate limit of one machine', () => {
  it.each([
    ['is careful at the real provider', { CRUN_API_KEY: key }, 2],
    [
      'is also that where its URL is spelt out',
      { CRUN_API_KEY: key, CRUN_BASE_URL: 'https://api.crun.ai' },
      2,
    ],
    ...['https://api.crun.ai/', 'https://API.crun.ai:443', 'https://api.crun.ai./a'].map(
      (CRUN_BASE_URL): [string, Record<string, string>, number] => [
        `is that too at ${CRUN_BASE_URL}`,
        { CRUN_API_KEY: key, CRUN_BASE_URL },
        2,
      ],
    ),
    ['is none at a base URL of one’s own', { CRUN_API_KEY: key, CRUN_BASE_URL: 'https://crun.example' }, 0],
    ['is none at the simulator', {}, 0],
    ['is what it is set to, also for the simulator', { CRUN_RATE_LIMIT: '0.5' }, 0.5],
    ['can be turned off', { CRUN_API_KEY: key, CRUN_RATE_LIMIT: '0' }, 0],
  ])('%s', (_behaviour, environment, rate) => {
    expect(rateOf(environment)).toBe(rate);
  });

  it.each(['-1', 'two', '0x2', '3001', '0.001'])('cannot be %s, and says what can', (given) => {
    expect(() => rateOf({ CRUN_RATE_LIMIT: given })).toThrow(
      'CRUN_RATE_LIMIT: must be 0 (no limit) or calls a second from 0.01 to 3000',
    );
  });
});
