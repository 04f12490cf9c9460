/** `npm run reference`: the API reference of the exports, from what `npm run build` makes of them. */
import path from 'node:path';

import { writeReference } from './write.ts';

await writeReference(path.join(import.meta.dirname, '../../docs/reference'));
