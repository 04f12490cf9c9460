/** What `--help` of a verb shows below its options: an example, and the environment that it reads. */
import type { Command } from 'commander';

const records = {
  FACE_POLLER_STACK: 'the deployed stack to use; unset: this machine',
  FACE_POLLER_PREFIX: 'the prefix of its outputs, where the stack has several pollers',
  FACE_POLLER_DATA: 'the data folder of this machine; .face-poller by default',
};
const polling = {
  ...records,
  CRUN_API_KEY: 'the key of the provider on this machine; unset: a simulator answers',
  CRUN_BASE_URL: 'another provider than https://api.crun.ai',
  CRUN_RATE_LIMIT: 'calls a second to the provider; 0 for no limit',
  FACE_POLLER_WORKFLOW_TYPE: 'STANDARD or EXPRESS, on this machine',
  FACE_POLLER_WEBHOOK_SECRET: 'signs webhooks of this machine; unset: it has its own',
  FACE_POLLER_ARCHIVE: '1 keeps the pictures of faces on this machine',
  FACE_POLLER_LOOPBACK_CALLBACKS: '1 allows http callback URLs on this machine',
};
const submitting = { ...polling, CRUN_EXPERIMENTAL_VIDEO: '1 also submits video and GIF, on this machine' };
const { FACE_POLLER_DATA, FACE_POLLER_STACK, FACE_POLLER_PREFIX } = records;
const { FACE_POLLER_WEBHOOK_SECRET } = polling;

const verbs: Record<string, { example: string; environment: Record<string, string> }> = {
  detect: { example: 'detect https://media.example/group.jpg --wait', environment: submitting },
  'swap-request': {
    example: 'swap-request dit60yt8reqplt1c16 --face 0=https://media.example/me.jpg --curl',
    environment: records,
  },
  start: {
    example: 'start dit60yt8reqplt1c16 --media-url https://media.example/group.jpg --wait',
    environment: polling,
  },
  watch: { example: 'watch - < ids.txt', environment: polling },
  retry: { example: 'retry dit60yt8reqplt1c16', environment: polling },
  get: { example: 'get dit60yt8reqplt1c16 --json', environment: records },
  faces: { example: 'faces dit60yt8reqplt1c16 --out faces', environment: records },
  list: { example: 'list --status abandoned --limit 10', environment: records },
  cancel: { example: 'cancel dit60yt8reqplt1c16', environment: records },
  redeliver: { example: 'redeliver dit60yt8reqplt1c16', environment: polling },
  forget: { example: 'forget - < ids.txt', environment: records },
  'set-key': {
    example: 'set-key < crun-api-key.txt',
    environment: { FACE_POLLER_STACK, FACE_POLLER_PREFIX },
  },
  token: { example: 'token --rotate', environment: { FACE_POLLER_STACK, FACE_POLLER_PREFIX } },
  'reset-rate': { example: 'reset-rate', environment: { FACE_POLLER_STACK, FACE_POLLER_PREFIX } },
  drain: { example: 'drain --cancel', environment: { FACE_POLLER_STACK, FACE_POLLER_PREFIX } },
  doctor: { example: 'doctor', environment: polling },
  listen: { example: 'listen --port 8080', environment: { FACE_POLLER_WEBHOOK_SECRET, FACE_POLLER_DATA } },
  console: { example: 'console --open', environment: polling },
  serve: { example: 'serve --port 8080', environment: polling },
  completion: { example: 'completion bash', environment: {} },
};

export function addHelp(command: Command): void {
  const help = verbs[command.name()];
  if (help === undefined) return;
  const { example, environment } = help;
  const width = Math.max(...Object.keys(environment).map((name) => name.length));
  const variables = Object.entries(environment).map(
    ([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`,
  );
  const ids = command.registeredArguments.some((argument) => argument.variadic)
    ? '\n"-" stands for ids on standard input, one a line.\n'
    : '';
  const read = variables.length > 0 ? `\n\nEnvironment:\n${variables.join('\n')}` : '';
  command.addHelpText('after', `${ids}\nExample:\n  face-poller ${example}${read}`);
}
