/** The archive on the emulator: its bucket, its function and its rules, without and with faces. */
import { createHash } from 'node:crypto';

import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetBucketLifecycleConfigurationCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { deploy, type Deployment } from './deployment.ts';
import { sweepNow } from './expire.ts';

describe('a deployed stack with an archive', () => {
  let stack: Deployment;
  const s3 = new S3Client();
  const keysOf = async (id: string): Promise<string[]> => {
    const keys: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectsV2Command({
          Bucket: stack.outputs['ArchiveBucketName'],
          Prefix: `faces/${id}/`,
          ContinuationToken,
        }),
      );
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return keys;
  };
  async function archived(id: string, faces: number) {
    stack.simulator.submit([{ step: 'succeeded', faces }], id);
    await stack.ended(await stack.start({ detect_task_id: id }));
    for (;;) {
      const item = await stack.item(id);
      if (item?.archive !== undefined && item.archive.state !== 'pending') return item;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  beforeAll(async () => {
    stack = await deploy('Archive', { archive: 'true' }, 'test/deploy/archive-app.ts');
  });
  afterAll(async () => {
    await stack.end();
    s3.destroy();
  });

  // On a busy machine ten thousand take minutes.
  it.each([1, 30, 10_000])(
    'keeps %i faces with a right manifest, and forgets them',
    { timeout: 900_000 },
    async (faces) => {
      const id = `faces-${faces}`;
      expect((await archived(id, faces)).archive).toMatchObject({ state: 'complete', faces });
      const images = (await stack.client.faceImages(id)) ?? [];
      expect(images.map((image) => image.id)).toEqual(Array.from({ length: faces }, (_, face) => face));
      for (const image of images.slice(0, 3)) {
        if (!('url' in image)) throw new Error('a deployed picture has an address');
        const bytes = new Uint8Array(await (await fetch(image.url)).arrayBuffer());
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(image.sha256);
      }
      expect(await keysOf(id)).toHaveLength(faces + 1);
      expect(await stack.client.forget(id)).toBe(true);
      expect(await keysOf(id)).toEqual([]);
    },
  );

  it('leaves no object of a record that expires', async () => {
    const id = 'expires';
    expect((await archived(id, 3)).archive).toMatchObject({ state: 'complete' });
    expect(await keysOf(id)).toHaveLength(4);
    // What the retention would bring about: its last hour has begun.
    const past = { S: new Date(Date.now() - 1_000).toISOString() };
    await stack.dynamodb.send(
      new UpdateItemCommand({
        TableName: stack.outputs['TableName'],
        Key: { detect_task_id: { S: id } },
        UpdateExpression: 'SET due_at = :past, expires_at = :soon',
        ExpressionAttributeValues: {
          ':past': past,
          ':soon': { N: String(Math.floor(Date.now() / 1_000) + 1_800) },
        },
      }),
    );
    await sweepNow(stack.stackName);
    expect(await keysOf(id)).toEqual([]);
    expect(await stack.item(id)).not.toHaveProperty('due_at');
  });

  it('has no lifecycle on the emulator: gap `bucket-settings`', async () => {
    const Bucket = stack.outputs['ArchiveBucketName'];
    await expect(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).rejects.toThrow(
      'The lifecycle configuration does not exist',
    );
  });
});
