/** The command alone: five simulated tasks from submission to faces read back from the database, in some ten seconds. */
import { setMaxListeners } from 'node:events';

import type { Detection } from '../functions/detection/fields.ts';
import { definitionFiles } from '../local/definition.ts';
import { localSettings } from '../local/settings.ts';
import { openLocalStack } from '../local/stack.ts';
import { createOutput } from './output.ts';
import { createProgress } from './progress.ts';

interface TourDeps {
  environment: Record<string, string | undefined>;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  signal: AbortSignal;
  movesCursor: boolean;
}

/** The simulator takes the name of the media for what shall happen to it. */
const media = [
  { what: 'an image', url: 'https://media.example/sample-image.jpg' },
  { what: 'a group photo', url: 'https://media.example/sample-group.jpg' },
  { what: 'a GIF', url: 'https://media.example/sample-gif.gif' },
  { what: 'a video', url: 'https://media.example/sample-video.mp4' },
  { what: 'an image that fails', url: 'https://media.example/sample-failing.jpg' },
] as const;

export async function runTour({
  environment,
  stdout,
  stderr,
  signal,
  movesCursor,
}: TourDeps): Promise<number> {
  setMaxListeners(0, signal);
  const { dataFolder, workflowType = 'STANDARD' } = localSettings(environment, { polls: false });
  const stack = await openLocalStack({
    dataFolder,
    workflowType,
    provider: { kind: 'simulator' },
    // The simulator answers the call for GIFs and videos, whatever the provider does.
    experimentalVideo: true,
  });
  const { client } = stack;
  const output = createOutput(stdout, { format: 'text' });
  try {
    output.text(
      `The provider is a simulator; the workflow is ${definitionFiles[workflowType]}; the database is in ${dataFolder}.`,
    );
    output.text('');
    const submitted = await Promise.all(
      media.map(async ({ what, url }) => {
        const detection = await client.detect({ media_url: url });
        output.text(`submitted ${what}: ${detection.detect_task_id}`);
        return detection;
      }),
    );
    output.text('');
    const shown = { stderr, movesCursor, format: () => 'text' as const, isVerbose: () => false };
    const progress = await createProgress(shown, submitted.length);
    stack.followPolls(({ detect_task_id, polls }) => progress.count(detect_task_id, polls));
    const detections: Detection[] = [];
    try {
      await Promise.all(
        submitted.map(async (detection) => {
          progress.show(detection);
          const id = detection.detect_task_id;
          const final = await client.wait(id, { signal, onRead: (seen) => progress.show(seen) });
          if (final === undefined) throw new Error(`${id}: its record was forgotten during the tour`);
          progress.show(final);
          detections.push(final);
        }),
      );
    } finally {
      progress.stop();
    }
    output.text('');
    output.text('Read back from DynamoDB:');
    output.summary(detections);
    const [withMostFaces] = detections.toSorted((a, b) => (b.face_count ?? 0) - (a.face_count ?? 0));
    if (withMostFaces === undefined) throw new Error('the tour ended without a record');
    output.text('');
    output.text(`The faces of ${withMostFaces.detect_task_id}:`);
    output.faces(withMostFaces);
    output.text('');
    output.text('See the faces in your browser:');
    output.text('  npx face-poller console --open');
    output.text('Ask for what is stored:');
    output.text(`  npx face-poller get ${withMostFaces.detect_task_id}`);
    output.text('  npx face-poller list --status succeeded');
    output.text('Build the request of a face swap, which sends nothing:');
    const target = 'https://media.example/me.jpg';
    output.text(`  npx face-poller swap-request ${withMostFaces.detect_task_id} --face 0=${target}`);
    output.text('Detect the faces of a picture of yours at the real provider:');
    output.text('  CRUN_API_KEY=<your key> npx face-poller detect <url or file> --wait');
    return 0;
  } finally {
    await stack.close();
  }
}
