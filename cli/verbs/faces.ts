/** The verb that lists or saves the archived pictures of faces. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { getChecked } from '../../client/checked-request.ts';
import { printable, toJson } from '../../client/safe-text.ts';
import { UserError } from '../../client/user-error.ts';
import { maxPictureBytes } from '../../functions/archive/get.ts';
import type { FaceImage } from '../../functions/archive/images.ts';
import { exitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';

const typeOf = (image: FaceImage): string => image.content_type.replace('image/', '').replace('jpeg', 'jpg');

async function bytesOf(image: FaceImage): Promise<Buffer> {
  if ('file' in image) return readFile(image.file);
  const { status, body } = await getChecked(image.url, { maxBytes: maxPictureBytes });
  if (status !== 200 || body === undefined)
    throw new UserError('infrastructure', `the bucket answered ${status} for face ${image.id}`);
  return body;
}

/** The provider may give an id twice. */
function withNames(images: readonly FaceImage[]): { image: FaceImage; name: string }[] {
  const times = new Map<number, number>();
  return images.map((image) => {
    const time = (times.get(image.id) ?? 0) + 1;
    times.set(image.id, time);
    return { image, name: `${image.id}${time === 1 ? '' : `-${time}`}.${typeOf(image)}` };
  });
}

/** A file with the same bytes stays; one with others is not replaced. */
async function save(image: FaceImage, file: string): Promise<void> {
  const bytes = await bytesOf(image);
  try {
    await writeFile(file, bytes, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!(await readFile(file)).equals(bytes))
      throw new UserError('invalid-input', `--out: ${file} is another file; name another folder`);
  }
}

export function addFacesVerb(session: Session): void {
  const { program, stdout, stderr, format, using } = session;
  program
    .command('faces <detect_task_id>')
    .description('list or save the archived pictures of the faces')
    .option('--out <folder>', 'save them there')
    .action((detectTaskId: string, { out }: { out?: string }) =>
      using({ polls: false }, async ({ client }) => {
        const images = await client.faceImages(detectTaskId);
        if (images === undefined || images.length === 0) {
          const what = images === undefined ? 'there is no record of this task' : 'no picture is archived';
          stderr.write(`${detectTaskId}: ${what}\n`);
          return exitCode['not-found'];
        }
        if (out !== undefined) await mkdir(out, { recursive: true, mode: 0o700 });
        for (const { image, name } of withNames(images)) {
          const saved = out === undefined ? undefined : path.join(out, name);
          if (saved !== undefined) await save(image, saved);
          const found = saved ?? ('file' in image ? image.file : image.url);
          stdout.write(
            format() === 'json'
              ? `${toJson({ ...image, ...(saved !== undefined && { saved }) })}\n`
              : `${image.id}  ${image.width} × ${image.height}  ${image.sha256}  ${printable(found)}\n`,
          );
        }
        return exitCode.done;
      }),
    );
}
