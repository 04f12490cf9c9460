import { version } from '../version.ts';

/** Sent with every request to the provider and to receivers: firewalls challenge clients that do not give a name. */
export const userAgent = `face-detection-poller/${version}`;

/** Policies and cookies of a proxy alone can exceed Node's default of 16 KB, and nothing of them is kept. */
export const maxHeaderBytes = 64 * 1_024;
