/** How records look: aligned columns and colour on a terminal, tabs in a pipe, JSON where asked for. */
import { styleText } from 'node:util';

import { printable, toJson } from '../client/safe-text.ts';
import type { Detection } from '../functions/detection/fields.ts';
import type { Status } from '../functions/detection/types.ts';
import { type Listed, listedNames } from '../functions/records/list.ts';
import { formatPrice, priceOf } from './price.ts';

/** What a line shows of a record: without faces, metadata and the like, which would fill the memory at many tasks. */
export type Summarised = Listed & Pick<Detection, 'final_at'>;

export const summarise = (detection: Detection): Summarised =>
  Object.fromEntries(
    [...listedNames, 'final_at' as const].flatMap((name) =>
      detection[name] === undefined ? [] : [[name, detection[name]]],
    ),
  ) as Summarised;

export interface Output {
  /** The whole record. */
  detection: (detection: Detection) => void;
  /** Its faces alone; for people only. */
  faces: (detection: Detection) => void;
  /** A line for each. */
  summary: (detections: readonly Summarised[]) => void;
  list: (rows: readonly Listed[], cursor: string | undefined) => void;
  forgotten: (detectTaskId: string) => void;
  /** For people only. */
  text: (line: string) => void;
}

const colours = {
  starting: 'yellow',
  processing: 'yellow',
  succeeded: 'green',
  failed: 'red',
  abandoned: 'magenta',
} as const satisfies Record<Status, string>;

export const coloured = (status: Status, stream: NodeJS.WriteStream, width = 0): string =>
  styleText(colours[status], status.padEnd(width), { stream });

export interface OutputOptions {
  format: 'json' | 'text';
  /** Also shows what a record took: calls, times, cost. */
  showsAll?: boolean;
  now?: () => number;
}

export function createOutput(stdout: NodeJS.WriteStream, options: OutputOptions): Output {
  const { format, showsAll = false, now = Date.now } = options;
  const line = (text: string): void => void stdout.write(`${text}\n`);
  if (format === 'json') {
    const json = (value: unknown): void => line(toJson(value));
    return {
      detection: json,
      summary: (detections) => detections.forEach(json),
      list: (rows) => rows.forEach(json),
      forgotten: (detect_task_id) => json({ detect_task_id, forgotten: true }),
      faces: () => {},
      text: () => {},
    };
  }
  const cell = (text: string, width: number): string =>
    text in colours ? coloured(text as Status, stdout, width) : text.padEnd(width);
  /** The first row is the head, which a pipe does without. */
  function table([head = [], ...rows]: string[][]): void {
    if (!stdout.isTTY) return rows.forEach((row) => line(row.join('\t')));
    const widths = head.map((name, column) =>
      rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), name.length),
    );
    const aligned = (row: string[]): string =>
      row.map((text, column) => cell(text, column < row.length - 1 ? (widths[column] ?? 0) : 0)).join('  ');
    line(styleText('bold', aligned(head), { stream: stdout }));
    for (const row of rows) line(aligned(row));
  }
  function faces({ faces: found = [] }: Detection): void {
    for (const { id, link } of found) line(`${stdout.isTTY ? `face ${id}  ` : `${id}\t`}${printable(link)}`);
  }
  return {
    detection(detection) {
      const rows = attributesOf(detection, { showsAll, nowMs: now() });
      const width = Math.max(...rows.map(([name = '']) => name.length));
      const left = (stdout.columns || 80) - width - 2;
      const fit = ([name = '', value = '']: string[]): string[][] =>
        wrap(value, left).map((part, index) => [index === 0 ? name : '', part]);
      table([['attribute', 'value'], ...(stdout.isTTY ? rows.flatMap(fit) : rows)]);
      faces(detection);
    },
    faces,
    summary(detections) {
      const rows = detections.map((detection) => [
        detection.detect_task_id,
        detection.status,
        resultOf(detection) ?? '',
        printable(detection.detect_id ?? ''),
        timeLeftOf(detection, now()),
        ageOf(detection),
      ]);
      table([['detect_task_id', 'status', 'result', 'detect_id', 'time left', 'age'], ...rows]);
    },
    list(listed, cursor) {
      const rows = listed.map((row) => [
        row.detect_task_id,
        row.status,
        String(row.face_count ?? ''),
        printable(row.detect_id ?? ''),
        timeLeftOf(row, now()),
        stdout.isTTY ? row.updated_at.slice(0, 16).replace('T', ' ') : row.updated_at,
      ]);
      table([['detect_task_id', 'status', 'faces', 'detect_id', 'time left', 'updated_at'], ...rows]);
      // Each line of a pipe is a record; the verb says it on standard error.
      if (cursor !== undefined && stdout.isTTY) line(`more: --cursor ${cursor}`);
    },
    forgotten: (detectTaskId) => line(`${detectTaskId}: forgotten; a later start is a new attempt`),
    text: line,
  };
}

/** What a person looks for first. The rest is what the record took, and when. */
const essentials = [
  'detect_task_id',
  'status',
  'error',
  'detect_id',
  'usable_until',
  'face_count',
  'media_url',
  'callback_url',
  'delivery',
  'metadata',
  'attempt',
  'created_at',
  'deadline_at',
  'final_at',
] as const satisfies (keyof Detection)[];

function attributesOf(
  detection: Detection,
  { showsAll, nowMs }: { showsAll: boolean; nowMs: number },
): string[][] {
  const { faces: _, ...attributes } = detection;
  const others = Object.keys(attributes).filter((name) => !essentials.some((known) => known === name));
  const names = [...essentials, ...(showsAll ? others : [])] as (keyof typeof attributes)[];
  const timeLeft = timeLeftOf(detection, nowMs);
  return [
    ...names.flatMap((name) => [
      ...rowsOf(name, attributes[name]),
      ...(name === 'usable_until' && timeLeft !== '' ? [['time left', timeLeft]] : []),
    ]),
    ...(showsAll ? [['cost at AWS', formatPrice(priceOf(detection))]] : []),
  ];
}

function rowsOf(name: string, value: unknown): string[][] {
  if (value === undefined) return [];
  if (name === 'metadata') return [[name, printable(JSON.stringify(value))]];
  if (typeof value !== 'object' || value === null) return [[name, printable(`${value as string | number}`)]];
  return Object.entries(value).flatMap(([inner, entry]) =>
    Array.isArray(entry)
      ? entry.map((attempt: DeliveryAttempt, index) => [`${name}.${inner}.${index + 1}`, attemptOf(attempt)])
      : rowsOf(`${name}.${inner}`, entry),
  );
}

type DeliveryAttempt = NonNullable<Detection['delivery']>['history'][number];

const attemptOf = ({ at, status, fault }: DeliveryAttempt): string =>
  `${at} ${status === undefined ? printable(fault ?? 'no answer') : `HTTP ${status}`}`;

/** At blanks; a word that is longer than a line, such as a link, stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}

export const resultOf = ({
  face_count,
  error,
}: Pick<Detection, 'face_count' | 'error'>): string | undefined =>
  face_count === undefined ? error?.code : countOf(face_count, 'face');

/** How long the provider takes the `detect_id`; `~` where its hour is counted from the start of the polling. */
function timeLeftOf({ detect_id, usable_until, usable_until_assumed }: Listed, nowMs: number): string {
  if (detect_id === undefined) return '';
  const ms = Date.parse(usable_until) - nowMs;
  return ms > 0 ? `${usable_until_assumed ? '~' : ''}${durationOf(ms)}` : 'expired';
}

/** From the record's beginning to its end, or to its last change. */
export function ageOf(detection: Summarised, nowMs?: number): string {
  const untilMs = nowMs ?? Date.parse(detection.final_at ?? detection.updated_at);
  return durationOf(Math.max(untilMs - Date.parse(detection.created_at), 0));
}

function durationOf(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return seconds < 6_000 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

export const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
