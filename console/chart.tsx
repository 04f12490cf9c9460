/** Small charts: bars over time, and the same numbers as a table. */
import type { ListedBody } from '../functions/api/answers.ts';
import { instant } from './format.ts';

export interface Bucket {
  from: string;
  values: Record<string, number>;
}

const buckets = 24;

/** The time from the oldest to the newest end, in equal parts. */
export function bucketed(
  rows: readonly ListedBody[],
  valuesOf: (rows: readonly ListedBody[]) => Record<string, number>,
): Bucket[] {
  if (rows.length === 0) return [];
  const times = rows.map(({ updated_at }) => Date.parse(updated_at));
  const first = times.reduce((a, b) => Math.min(a, b));
  const width = Math.max((times.reduce((a, b) => Math.max(a, b)) - first + 1) / buckets, 1_000);
  const parts = Array.from({ length: buckets }, (): ListedBody[] => []);
  for (const row of rows) parts[Math.floor((Date.parse(row.updated_at) - first) / width)]?.push(row);
  return parts.map((part, at) => ({
    from: new Date(first + at * width).toISOString(),
    values: valuesOf(part),
  }));
}

const height = 80;
const step = 12;

export function Bars({
  title,
  unit,
  buckets: given,
}: {
  title: string;
  unit: string;
  buckets: readonly Bucket[];
}) {
  const sums = given.map(({ values }) => Object.values(values).reduce((sum, value) => sum + value, 0));
  const highest = sums.reduce((a, b) => Math.max(a, b), 0);
  const names = Object.keys(given[0]?.values ?? {});
  if (highest === 0) return null;
  return (
    <figure>
      <figcaption>
        {title}
        {names.length > 1 &&
          names.map((name) => (
            <span key={name} class={`key ${name}`}>
              {name}
            </span>
          ))}
        <span class="most">
          at most {Number(highest.toFixed(1))} {unit}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${buckets * step} ${height}`}
        role="img"
        aria-label={`${title}: at most ${Number(highest.toFixed(1))} ${unit}`}
        preserveAspectRatio="none"
      >
        {given.map((bucket, at) => (
          <Bar key={bucket.from} bucket={bucket} x={at * step} scale={height / highest} />
        ))}
      </svg>
      <details>
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">from</th>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {given.map(({ from, values }) => (
              <tr key={from}>
                <th scope="row">{instant(from)}</th>
                {names.map((name) => (
                  <td key={name}>{Number((values[name] ?? 0).toFixed(1))}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function Bar({ bucket: { values }, x, scale }: { bucket: Bucket; x: number; scale: number }) {
  let top = height;
  return (
    <>
      {Object.entries(values).map(([name, value]) => {
        top -= value * scale;
        return <rect key={name} class={name} x={x + 1} y={top} width={step - 2} height={value * scale} />;
      })}
    </>
  );
}
