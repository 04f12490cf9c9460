/** New detections: of URLs, or of files from this machine. */
import { useRef, useState } from 'preact/hooks';

import type { DetectionBody } from '../functions/api/answers.ts';
import { postJson, upload } from './api.ts';
import { facts } from './facts.ts';
import { Foreign, Status } from './parts.tsx';

interface Submission {
  name: string;
  result?: Pick<DetectionBody, 'detect_task_id' | 'status'>;
  fault?: string;
}

export function Submit() {
  const [submissions, setSubmissions] = useState<readonly Submission[]>([]);
  const [isOver, setOver] = useState(false);
  const uploaded = useRef(Promise.resolve());

  async function submit(name: string, ask: () => Promise<DetectionBody>): Promise<void> {
    const settle = (outcome: Partial<Submission>): void =>
      setSubmissions((all) => all.map((each) => (each === pending ? { ...each, ...outcome } : each)));
    const pending: Submission = { name };
    setSubmissions((all) => [pending, ...all]);
    try {
      settle({ result: await ask() });
    } catch (caught) {
      settle({ fault: (caught as Error).message });
    }
  }
  const submitUrls = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = new FormData(form).get('urls') as string;
    for (const media_url of text.split(/\s+/).filter((line) => line !== ''))
      void submit(media_url, () => postJson<DetectionBody>('detections', { media_url }));
    form.reset();
  };
  const submitFiles = (files: FileList | null | undefined): void => {
    // One at a time: the server holds a whole file.
    for (const file of files ?? []) {
      const before = uploaded.current;
      uploaded.current = submit(file.name, () => before.then(() => upload(file)));
    }
  };
  return (
    <>
      <h1>New detections</h1>
      <form class="new" onSubmit={submitUrls}>
        <label>
          Addresses of images, GIFs or videos, one a line
          <textarea name="urls" rows={4} required placeholder="https://…" />
        </label>
        <p class="actions">
          <button>Detect faces</button>
        </p>
      </form>
      <form
        class={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          submitFiles(event.dataTransfer?.files);
        }}
      >
        <label>
          Or drop files here, at most {facts.maxFileBytes / 1_024 / 1_024} MB each{' '}
          <input
            type="file"
            multiple
            accept="image/*,video/*"
            onChange={(event) => {
              submitFiles(event.currentTarget.files);
              event.currentTarget.value = '';
            }}
          />
        </label>
      </form>
      <ul class="submissions" aria-live="polite">
        {submissions.map(({ name, result, fault }, index) => (
          <li key={submissions.length - index}>
            {result === undefined ? (
              <>
                <Foreign text={name} />: <Foreign text={fault ?? 'submitting…'} />
              </>
            ) : (
              <>
                <a href={`#/task/${result.detect_task_id}`}>{result.detect_task_id}</a>{' '}
                <Status status={result.status} /> <Foreign text={name} />
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
