/** Step Functions shares the namespace of an input: a parent execution adds its id, for one. */
export const withoutAwsFields = (input: unknown): unknown =>
  typeof input === 'object' && input !== null && !Array.isArray(input)
    ? Object.fromEntries(Object.entries(input).filter(([name]) => !name.startsWith('AWS_STEP_FUNCTIONS_')))
    : input;
