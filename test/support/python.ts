/** The environment with the emulator of AWS and the AWS CLI in it. */
import path from 'node:path';

import { cacheFolder } from './folders.ts';

export const requirements = path.join(import.meta.dirname, 'emulator.requirements.txt');
export const environment = path.join(cacheFolder, 'python');
/** Where the environment's own programs are. */
export const pythonPrograms = path.join(environment, 'bin');
