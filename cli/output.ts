/** How records look: tables and colour on a terminal, plain lines in a pipe, JSON where asked for. */
import { styleText } from 'node:util';

import Table from 'cli-table3';

import type { Detection } from '../functions/detection/fields.ts';
import type { Status } from '../functions/detection/types.ts';
import type { Listed } from '../functions/records/query.ts';
import { formatPrice, priceOf } from './price.ts';

export interface Output {
  /** The whole record. */
  detection(detection: Detection): void;
  /** Its faces alone; for people only. */
  faces(detection: Detection): void;
  /** A line or row for each, once all are there. */
  summary(detections: readonly Detection[]): void;
  list(rows: readonly Listed[], cursor: string | undefined): void;
  /** For people only. */
  text(line: string): void;
}

const colours = {
  starting: 'yellow',
  processing: 'yellow',
  succeeded: 'green',
  failed: 'red',
  abandoned: 'magenta',
} as const satisfies Record<Status, string>;

export const coloured = (status: Status, stream: NodeJS.WriteStream): string =>
  styleText(colours[status], status, { stream });

export function createOutput(stdout: NodeJS.WriteStream, format: 'json' | 'text'): Output {
  const line = (text: string): void => void stdout.write(`${text}\n`);
  if (format === 'json') {
    const json = (value: unknown): void => line(JSON.stringify(value));
    return {
      detection: json,
      summary: (detections) => detections.forEach(json),
      list: (rows) => rows.forEach(json),
      faces: () => {},
      text: () => {},
    };
  }
  const table = (head: string[], rows: string[][]): void => {
    if (!stdout.isTTY) {
      for (const row of rows) line(row.join('\t'));
      return;
    }
    const drawn = new Table({ head, style: { head: ['bold'], border: ['dim'] }, chars: noLinesBetween });
    drawn.push(...rows);
    line(drawn.toString());
  };
  const faces = (detection: Detection): void => {
    if (detection.faces === undefined || detection.faces.length === 0) return;
    table(
      ['face', 'link'],
      detection.faces.map(({ id, link }) => [String(id), printable(link)]),
    );
  };
  return {
    detection(detection) {
      table(['attribute', 'value'], attributesOf(detection, stdout));
      faces(detection);
    },
    faces,
    summary(detections) {
      const rows = detections.map((detection) => [
        detection.detect_task_id,
        coloured(detection.status, stdout),
        detection.face_count === undefined
          ? (detection.error?.code ?? '')
          : countOf(detection.face_count, 'face'),
        ageOf(detection),
        countOf(detection.polls, 'poll'),
        formatPrice(priceOf(detection)),
      ]);
      table(['detect_task_id', 'status', 'result', 'age', 'polls', 'cost at AWS'], rows);
    },
    list(rows, cursor) {
      table(
        ['detect_task_id', 'status', 'faces', 'updated_at'],
        rows.map((row) => [
          row.detect_task_id,
          coloured(row.status, stdout),
          String(row.face_count ?? ''),
          row.updated_at,
        ]),
      );
      if (cursor !== undefined) line(`more: --cursor ${cursor}`);
    },
    text: line,
  };
}

function attributesOf(detection: Detection, stream: NodeJS.WriteStream): string[][] {
  const { faces: _, ...attributes } = detection;
  const rows = Object.entries(attributes).flatMap(([name, value]): string[][] => {
    if (name === 'status') return [[name, coloured(detection.status, stream)]];
    if (name === 'metadata') return [[name, printable(JSON.stringify(value))]];
    if (typeof value !== 'object') return [[name, printable(String(value))]];
    return Object.entries(value).map(([inner, entry]) => [`${name}.${inner}`, printable(String(entry))]);
  });
  return [...rows, ['cost at AWS', formatPrice(priceOf(detection))]];
}

/** A line under every row would double the length of everything. */
const noLinesBetween = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** From the record's beginning to its end, or to its last news. */
export function ageOf(detection: Detection, nowMs?: number): string {
  const untilMs = nowMs ?? Date.parse(detection.final_at ?? detection.updated_at);
  const seconds = Math.max(untilMs - Date.parse(detection.created_at), 0) / 1_000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return seconds < 6_000 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

export const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What others wrote must not steer the terminal that shows it. */
export const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '·');
