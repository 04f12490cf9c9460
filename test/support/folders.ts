import path from 'node:path';

export const root = path.join(import.meta.dirname, '..', '..');
/** The only place where a run of the deploy test leaves anything. */
export const cacheFolder = path.join(root, '.cache', 'deploy');
/** Node 24 and the CDK's command line. */
export const nodePrograms = path.join(root, 'node_modules', '.bin');
