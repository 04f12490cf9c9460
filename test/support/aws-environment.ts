/** What every client of AWS needs to speak to the emulator. */
export const awsEnvironment = (endpoint: string): Record<string, string> => ({
  AWS_ENDPOINT_URL: endpoint,
  // The CDK's command line asks for the one of S3 by itself.
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_EC2_METADATA_DISABLED: 'true',
  // `sync-` before the emulator's address would be another host.
  AWS_DISABLE_HOST_PREFIX_INJECTION: 'true',
});
