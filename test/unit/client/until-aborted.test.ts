import { getEventListeners } from 'node:events';

import { describe, expect, it } from 'vitest';

import { untilAborted } from '../../../client/until-aborted.ts';

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('a wait with a signal', () => {
  it('ends with the first promise, and leaves no listener, however many waits there were', async () => {
    const { signal } = new AbortController();
    const waits = Array.from({ length: 100 }, (_, index) => untilAborted(signal, Promise.resolve(index)));
    expect(await Promise.all(waits)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    await expect(untilAborted(signal, Promise.reject(new Error('its own')))).rejects.toThrow('its own');
    expect(listenersOf(signal)).toBe(0);
  });

  it('rejects with the reason, also where that came before', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = untilAborted(signal, new Promise(() => {}));
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(untilAborted(signal, new Promise(() => {}))).rejects.toThrow('enough');
    expect(listenersOf(signal)).toBe(0);
  });

  it('needs none', async () => {
    expect(await untilAborted(undefined, Promise.resolve('done'))).toBe('done');
  });
});
