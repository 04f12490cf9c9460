import manifest from '../../package.json' with { type: 'json' };

/** Sent with every request to the provider and to receivers: firewalls challenge clients that do not give a name. */
export const userAgent = `${manifest.name}/${manifest.version}`;
