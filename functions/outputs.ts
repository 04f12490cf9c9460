/** What the outputs of a deployed poller are called: the construct writes them, clients look for them. */
export const outputs = {
  StateMachineArn: 'Start one execution per detection task.',
  SubmitFunctionArn: 'Invoke it to submit media: it starts the polling of the task.',
  WorkflowType: 'What runs the executions: STANDARD or EXPRESS.',
  TableName: 'The table that holds the records.',
  ApiKeySecretArn: 'Store the API key of crun.ai here, as plain text.',
  ApiKeyParameterName: 'Store the API key of crun.ai here, as a SecureString.',
  ApiKeyEncryptionKeyArn: 'Encrypts the API key.',
  WebhookSecretArn: 'The secrets that sign webhooks.',
  BaseUrl: 'The origin of the provider.',
  RateLimit: 'Calls a second to the provider; 0: no limit.',
  ApiUrl: 'The origin of the HTTP API.',
  ApiTokenSecretArn: 'The tokens that open the HTTP API.',
  ArchiveBucketName: 'The bucket that holds the pictures of faces.',
  // A client that starts tasks creates their records, so it needs the same settings.
  DeadlineSeconds: 'How long a task is polled by default.',
  RetentionDays: 'How long a record is kept.',
  Shards: 'The number of partition keys that each index is spread over.',
  CallbackHosts: 'The only hosts that callbacks may name.',
  CallbackPorts: 'The only ports that callbacks may name.',
} as const;

export type OutputName = keyof typeof outputs;

/** The outputs of one poller; the optional ones depend on its settings. */
export type PollerOutputs = Partial<Record<OutputName, string>>;
