/** In each test file: the clients of AWS, and the command lines started by it, speak to the emulator. */
import { inject } from 'vitest';

import { awsEnvironment } from '../support/aws-environment.ts';

Object.assign(process.env, awsEnvironment(inject('endpoint')));
