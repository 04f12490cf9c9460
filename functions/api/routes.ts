/** Every operation of the API: what a gateway lets through, what the document describes, what the handler answers. */
interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
}

export const routes = {
  startDetection: { method: 'POST', path: '/detections' },
  listDetections: { method: 'GET', path: '/detections' },
  getDetection: { method: 'GET', path: '/detections/{detect_task_id}' },
  forgetDetection: { method: 'DELETE', path: '/detections/{detect_task_id}' },
  retryDetection: { method: 'POST', path: '/detections/{detect_task_id}/retry' },
} as const satisfies Record<string, Route>;

export type OperationId = keyof typeof routes;
const operations = Object.entries(routes) as [OperationId, Route][];

type Match =
  | { kind: 'operation'; operation: OperationId; detectTaskId: string | undefined }
  | { kind: 'wrong-method'; allowed: string[] }
  | { kind: 'unknown-path' };

/** Nothing is decoded: a task id has no letter that would need it. */
export function match(method: string, path: string): Match {
  const fitting = operations.flatMap(([operation, route]) => {
    const parameters = fit(route.path, path);
    return parameters === undefined ? [] : [{ operation, method: route.method, detectTaskId: parameters[0] }];
  });
  if (fitting.length === 0) return { kind: 'unknown-path' };
  const found = fitting.find((route) => route.method === method);
  if (found === undefined) return { kind: 'wrong-method', allowed: fitting.map((route) => route.method) };
  return { kind: 'operation', operation: found.operation, detectTaskId: found.detectTaskId };
}

/** What stands where the template has parameters; nothing where the path is another one. */
function fit(template: string, path: string): string[] | undefined {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: string[] = [];
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    if (segment.startsWith('{') && value !== '') parameters.push(value);
    else if (segment !== value) return undefined;
  }
  return parameters;
}
