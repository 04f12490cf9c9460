/** Cost against lag, one panel a workload, both logarithmic. It brings its own ground, so that any theme can show it. */
import type { PolicyName, Row } from './run.ts';
import { mediaWorkloads } from './workloads.ts';

const labels: Record<PolicyName, string> = {
  'ours-express': 'this, Express',
  'ours-standard': 'this, Standard',
  'aws-job-poller': 'Wait 30 s',
  'loop-5s': 'Wait 5 s',
  'express-loop-1s': 'Express, 1 s',
  'retry-as-poll': 'Retry',
  'durable-default': 'durable',
  'sqs-delay': 'SQS',
  'bare-lambda-loop': 'bare loop',
};
const panelNames = { image: 'Image', gif: 'GIF', video: 'Video' };

const ground = '#ffffff';
const ink = '#24292f';
const faint = '#d0d7de';
const muted = '#57606a';
const accent = '#0969da';

const panel = { width: 270, height: 300, gap: 22 };
const margin = { left: 84, top: 44, right: 18, bottom: 62 };
const lag = { from: 0.15, to: 100, ticks: [0.3, 1, 3, 10, 30] };
const cost = { from: 4, to: 5_000, ticks: [10, 30, 100, 300, 1_000, 3_000] };

const size = {
  width: margin.left + 3 * panel.width + 2 * panel.gap + margin.right,
  height: margin.top + panel.height + margin.bottom,
};

const share = (value: number, { from, to }: { from: number; to: number }): number =>
  Math.log(value / from) / Math.log(to / from);
const xOf = (lagS: number): number => share(lagS, lag) * panel.width;
const yOf = (dollars: number): number => (1 - share(dollars, cost)) * panel.height;

export function drawBench(rows: readonly Row[]): string {
  const panels = mediaWorkloads.map((workload, index) => {
    const left = margin.left + index * (panel.width + panel.gap);
    const of = rows.filter((row) => row.workload === workload);
    return `<g transform="translate(${left} ${margin.top})">\n${drawPanel(panelNames[workload], of, index === 0)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="Helvetica, Arial, sans-serif" font-size="12" fill="${ink}" role="img">
<title>Cost of waiting against mean lag of the answer, for images, GIFs and videos</title>
<rect width="${size.width}" height="${size.height}" fill="${ground}"/>
${panels.join('\n')}
${text(size.width / 2, size.height - 14, 'mean lag of the answer, seconds', { anchor: 'middle', fill: muted })}
<text transform="translate(16 ${margin.top + panel.height / 2}) rotate(-90)" text-anchor="middle" fill="${muted}">cost of waiting, $ per million tasks</text>
</svg>
`;
}

function drawPanel(name: string, rows: readonly Row[], isFirst: boolean): string {
  const columns = lag.ticks.map((tick) => {
    const x = round(xOf(tick));
    return `<path d="M${x} 0V${panel.height}" stroke="${faint}" stroke-width="0.5"/>${text(x, panel.height + 18, String(tick), { anchor: 'middle', fill: muted })}`;
  });
  const lines = cost.ticks.map((tick) => {
    const y = round(yOf(tick));
    const label = isFirst
      ? text(-8, y + 4, `$${tick.toLocaleString('en-US')}`, { anchor: 'end', fill: muted })
      : '';
    return `<path d="M0 ${y}H${panel.width}" stroke="${faint}" stroke-width="0.5"/>${label}`;
  });
  return [
    text(panel.width / 2, -16, name, { anchor: 'middle', weight: 'bold' }),
    ...columns,
    ...lines,
    `<rect width="${panel.width}" height="${panel.height}" fill="none" stroke="${muted}"/>`,
    ...drawPoints(rows),
  ].join('\n');
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const radius = 5;
const lineHeight = 13;

/** Each label goes to the first side of its point where it covers nothing. */
function drawPoints(rows: readonly Row[]): string[] {
  const points = rows.flatMap(({ policy, lagMeanS, waitingCostPerMillion }) =>
    lagMeanS === null ? [] : [{ policy, x: round(xOf(lagMeanS)), y: round(yOf(waitingCostPerMillion)) }],
  );
  const taken: Box[] = points.map(({ x, y }) => boxAt(x - radius, y - radius, 2 * radius, 2 * radius));
  return points.map(({ policy, x, y }) => {
    const label = labels[policy];
    const width = 7 * label.length;
    const places = [
      { x: x + 9, y: y + 4, anchor: 'start', left: x + 9 },
      { x: x - 9, y: y + 4, anchor: 'end', left: x - 9 - width },
      { x, y: y - 10, anchor: 'middle', left: x - width / 2 },
      { x, y: y + 19, anchor: 'middle', left: x - width / 2 },
      { x: x + 4, y: y - 10, anchor: 'start', left: x + 4 },
      { x: x + 4, y: y + 19, anchor: 'start', left: x + 4 },
      { x: x - 4, y: y - 10, anchor: 'end', left: x - 4 - width },
    ] as const;
    const place =
      places.find((candidate) => {
        const box = boxAt(candidate.left, candidate.y - 10, width, lineHeight);
        const isInside = box.left >= 2 && box.right <= panel.width - 2;
        return isInside && !taken.some((other) => overlap(box, other));
      }) ?? places[0];
    taken.push(boxAt(place.left, place.y - 10, width, lineHeight));
    const isOurs = policy.startsWith('ours');
    const isFloor = policy === 'bare-lambda-loop';
    const fill = isOurs ? accent : isFloor ? ground : muted;
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}" stroke="${isOurs ? accent : muted}"${isFloor ? ' stroke-dasharray="2 2"' : ''}/>${text(
      round(place.x),
      round(place.y),
      label,
      { anchor: place.anchor, fill: isOurs ? accent : ink, ...(isOurs && { weight: 'bold' }) },
    )}`;
  });
}

const boxAt = (left: number, top: number, width: number, height: number): Box => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});
const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const text = (
  x: number,
  y: number,
  content: string,
  { anchor, fill = ink, weight }: { anchor: string; fill?: string; weight?: string },
): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${fill}"${weight === undefined ? '' : ` font-weight="${weight}"`}>${content}</text>`;

const round = (value: number): number => Number(value.toFixed(1));
