/** Where the provider listens. */
export const crunBaseUrl = 'https://api.crun.ai';
