import path from 'node:path';

export const root = path.join(import.meta.dirname, '../..');
/** What the package holds besides its documents. */
export const dist = path.join(root, 'dist');
/** What `tsc` makes of the sources. */
export const lib = path.join(dist, 'lib');
