/** The verb that lists or saves the archived pictures of faces. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { getChecked } from '../../client/checked-request.ts';
import { printable, toJson } from '../../client/safe-text.ts';
import { UserError } from '../../client/user-error.ts';
import { maxPictureBytes } from '../../functions/archive/get.ts';
import type { FaceImage } from '../../functions/archive/images.ts';
import { exitCode } from '../exit-code.ts';
import type { Session } from '../session.ts';

const typeOf = (image: FaceImage): string => image.content_type.replace('image/', '').replace('jpeg', 'jpg');

async function save(image: FaceImage, folder: string): Promise<string> {
  const file = path.join(folder, `${image.id}.${typeOf(image)}`);
  if ('file' in image) await copyFile(image.file, file);
  else {
    const { status, body } = await getChecked(image.url, { maxBytes: maxPictureBytes });
    if (status !== 200 || body === undefined)
      throw new UserError('infrastructure', `the bucket answered ${status} for face ${image.id}`);
    await writeFile(file, body, { mode: 0o600 });
  }
  return file;
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
        for (const image of images) {
          const saved = out === undefined ? undefined : await save(image, out);
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
