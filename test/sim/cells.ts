/** Many tasks as worlds of some hundred: each has a seed of its own, so that they may run side by side. */
import type { WorkflowType } from '../../functions/detection/types.ts';
import { createChecker, type Finding } from './check.ts';
import { drawer, drawOf } from './draw.ts';
import type { Kind } from './faults.ts';
import { planOf, stormsOf } from './plan.ts';
import { run, type RunOptions, type Story } from './run.ts';
import { submissionOf } from './submissions.ts';

export interface Asked {
  seed: number;
  tasks: number;
  type: WorkflowType;
  enabled: Kind[];
  /** Tasks that are submitted over and over, and nothing else. */
  submissions?: boolean;
}

export interface CellResult {
  cell: number;
  hash: string;
  entries: number;
  virtualMs: number;
  findings: Finding[];
  counts: Record<string, number>;
}

const tasksPerCell = 250;

export const cellsOf = ({ tasks }: Asked): number => Math.ceil(tasks / tasksPerCell);

/** One world in four has a rate, and fewer tasks in less time to feel it; every second one an archive. */
export function storyOf({ seed, tasks, type, enabled, submissions = false }: Asked, cell: number): Story {
  const cellSeed = Math.floor(drawOf(seed, `cell ${cell}`) * 2 ** 31);
  const { happens, oneOf } = drawer(cellSeed, 'cell');
  const kinds = new Set(enabled);
  const count = Math.min(tasksPerCell, tasks - cell * tasksPerCell);
  const plans = Array.from({ length: count }, (_, index) =>
    submissions
      ? submissionOf(cellSeed, `task${index}`, cell * tasksPerCell + index)
      : planOf(cellSeed, `task${index}`, kinds),
  );
  const rate = !submissions && happens('rate', 0.25) ? oneOf('perSecond', [0.5, 1, 5]) : 0;
  const archives = !submissions && cell % 2 === 1;
  return { seed: cellSeed, type, rate, archives, plans, storms: stormsOf(cellSeed, kinds), enabled };
}

interface JudgeOptions extends Omit<RunOptions, 'isOver'> {
  /** Whether this finding is enough. */
  isOver?: (finding: Finding) => boolean;
}

/** Runs a story and checks what was seen. */
export async function classify(story: Story, { isOver, ...options }: JudgeOptions = {}) {
  const checker = createChecker(story);
  const ran = await run(story, (entry, atMs) => checker.see(entry, atMs), {
    ...options,
    ...(isOver && { isOver: () => checker.findings.some(isOver) }),
  });
  return { ...ran, ...checker.finish() };
}

export async function runCell(asked: Asked, cell: number): Promise<CellResult> {
  const { hash, entries, virtualMs, findings, counts } = await classify(storyOf(asked, cell));
  return { cell, hash, entries, virtualMs, findings, counts };
}
