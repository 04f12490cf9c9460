/** A template and a definition with faults that their judges have to find, so that none passes by reading nothing. */

export const plantedFile = 'planted-faults.json';

export const plantedTemplate = {
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { SqsManagedSseEnabled: false, NoSuchProperty: true } },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(1 minute)',
        Targets: [{ Id: 'Queue', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }],
      },
    },
  },
};

/** A state that is not there, one that is never entered, a field of no state, and a text for a number. */
export const plantedDefinition = {
  StartAt: 'First',
  States: {
    First: { Type: 'Wait', Seconds: 'ten', Next: 'Missing' },
    Lost: { Type: 'Succeed', NoSuchField: true },
  },
};
