/** Renders the values of a template, which are texts, lists and CloudFormation's functions. */

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One value or many, as a list; empty if absent. */
export const listOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Renders a value with its references in CloudFormation's own `${…}`. */
export function render(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return JSON.stringify(value);
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join, 'Fn::Sub': sub } = value;
  const output = value['Fn::GetStackOutput'];
  if (typeof ref === 'string') return `\${${ref}}`;
  if (Array.isArray(attribute)) return `\${${attribute.join('.')}}`;
  if (Array.isArray(join)) return listOf(join[1]).map(render).join(String(join[0]));
  if (typeof sub === 'string') return sub;
  if (isObject(output)) return `\${${render(output['StackName'])}.${render(output['OutputName'])}}`;
  return JSON.stringify(value);
}
