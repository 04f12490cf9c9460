/**
 * Virtual time for a world without sockets: when nothing can happen any more at this moment, it jumps to the timer
 * that ends first, and wakes that one alone. So whatever runs on it runs one after the other, and the same way again.
 */
export interface VirtualClock {
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** For code that is given timers; a timer that is cleared takes no time. */
  setTimeout: (act: () => void, ms?: number) => Timer;
  clearTimeout: (timer: Timer | undefined) => void;
  /** Holds time still until `work` has ended: for what takes turns of the event loop, such as a call of the database. */
  hold<T>(work: Promise<T>): Promise<T>;
  /** Lets time pass until `work` has ended. */
  attend<T>(work: () => Promise<T>): Promise<T>;
}

interface Timer {
  atMs: number;
  /** Of timers that end together, the earlier set goes first. */
  order: number;
  act: (() => void) | undefined;
}

export function createVirtualClock(startMs: number = Date.UTC(2026, 10, 22, 12)): VirtualClock {
  let nowMs = startMs;
  let set = 0;
  let held = 0;
  let attended = 0;
  let isDriven = false;
  const timers = createHeap();
  const stuck = new Set<(error: Error) => void>();

  /** In whole milliseconds, as real timers. */
  function setTimer(act: () => void, ms = 0): Timer {
    const timer = { atMs: nowMs + Math.max(Math.ceil(ms), 0), order: set++, act };
    timers.push(timer);
    return timer;
  }

  /** The next timer that was not cleared. */
  function next(): Timer | undefined {
    for (;;) {
      const timer = timers.pop();
      if (timer === undefined || timer.act !== undefined) return timer;
    }
  }

  async function drive(): Promise<void> {
    if (isDriven) return;
    isDriven = true;
    for (;;) {
      // By its turn every promise that could go on has gone on.
      await new Promise((resolve) => setImmediate(resolve));
      if (attended === 0) break;
      if (held > 0) continue;
      const timer = next();
      if (timer === undefined) {
        const error = new Error('all work waits, and no timer will end');
        for (const fail of stuck) fail(error);
        break;
      }
      nowMs = Math.max(nowMs, timer.atMs);
      timer.act?.();
    }
    isDriven = false;
  }

  return {
    now: () => nowMs,
    sleep: (ms) => new Promise((wake) => setTimer(wake, ms)),
    setTimeout: setTimer,
    clearTimeout(timer) {
      if (timer !== undefined) timer.act = undefined;
    },
    async hold(work) {
      held += 1;
      try {
        return await work;
      } finally {
        held -= 1;
      }
    },
    async attend(work) {
      attended += 1;
      const { promise: isStuck, reject } = Promise.withResolvers<never>();
      stuck.add(reject);
      void drive();
      try {
        return await Promise.race([work(), isStuck]);
      } finally {
        stuck.delete(reject);
        attended -= 1;
      }
    },
  };
}

const isBefore = (a: Timer, b: Timer): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** A binary heap: thousands of timers run at a time. */
function createHeap() {
  const heap: Timer[] = [];
  const at = (index: number): Timer => heap[index] as Timer;
  return {
    push(timer: Timer): void {
      let index = heap.push(timer) - 1;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (!isBefore(timer, at(parent))) break;
        heap[index] = at(parent);
        index = parent;
      }
      heap[index] = timer;
    },
    pop(): Timer | undefined {
      const first = heap[0];
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return first;
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && isBefore(at(child + 1), at(child))) child += 1;
        if (!isBefore(at(child), last)) break;
        heap[index] = at(child);
        index = child;
      }
      heap[index] = last;
      return first;
    },
  };
}
