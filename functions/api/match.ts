/** Which operation a path and a method mean. */
import { type OperationId, type Route, routeList } from './routes.ts';

const routes = Object.entries(routeList) as [OperationId, Route][];

type Match =
  | { kind: 'operation'; operation: OperationId; detectTaskId: string | undefined }
  | { kind: 'wrong-method'; allowed: string[] }
  | { kind: 'unknown-path' };

/** Nothing is decoded: a task id has no letter that would need it. */
export function match(method: string, path: string): Match {
  const matching = routes.flatMap(([operation, route]) => {
    const parameters = fit(route.path, path);
    return parameters === undefined ? [] : [{ operation, method: route.method, detectTaskId: parameters[0] }];
  });
  // As at the gateway, a path without parameters is preferred: no task is meant by "actions".
  const plain = matching.filter(({ detectTaskId }) => detectTaskId === undefined);
  const fitting = plain.length > 0 ? plain : matching;
  if (fitting.length === 0) return { kind: 'unknown-path' };
  // The server leaves the body out: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2
  const asked = method === 'HEAD' ? 'GET' : method;
  const found = fitting.find((route) => route.method === asked);
  if (found === undefined)
    return {
      kind: 'wrong-method',
      allowed: fitting.flatMap((route) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method])),
    };
  return { kind: 'operation', operation: found.operation, detectTaskId: found.detectTaskId };
}

/** The values of a template's parameters; nothing for another path. */
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
