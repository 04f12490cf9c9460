/**
 * Each alarm over simulated metrics, evaluated as CloudWatch does: what its condition emits fires it, and a little less
 * does not. That the shipped functions emit it is shown in `alarms-fire.test.ts`.
 */
import { describe, expect, it } from 'vitest';

import { everyPart, synthesise } from '../support/synthesis.ts';

interface Alarm {
  Statistic: string;
  Period: number;
  EvaluationPeriods: number;
  Threshold: number;
  ComparisonOperator: string;
  TreatMissingData: string;
}
interface Sample {
  minute: number;
  value: number;
}

const template = synthesise(() => everyPart);
const alarms = Object.fromEntries(
  Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, resource]) => [
    id.replace(/^PollerAlarms(.*)[\dA-F]{8}$/, '$1'),
    (resource as { Properties: Alarm }).Properties,
  ]),
);

const statistics: Record<string, (values: readonly number[]) => number> = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Average: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  Minimum: (values) => Math.min(...values),
  SampleCount: (values) => values.length,
};
const comparisons: Record<string, (value: number, threshold: number) => boolean> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

/** Each minute, over as many periods as it evaluates: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html */
function fires(alarm: Alarm, samples: readonly Sample[]): boolean {
  const { Statistic, Period, EvaluationPeriods, Threshold, ComparisonOperator, TreatMissingData } = alarm;
  const period = Period / 60;
  const isBreaching = (from: number): boolean => {
    const values = samples.filter(({ minute }) => minute >= from && minute < from + period);
    if (values.length === 0) return TreatMissingData === 'breaching';
    const value = statistics[Statistic]?.(values.map((sample) => sample.value)) ?? Number.NaN;
    return comparisons[ComparisonOperator]?.(value, Threshold) ?? false;
  };
  // Begun before the first sample and ended before the last period: no window looks beyond what is simulated.
  const span = EvaluationPeriods * period;
  const ends = Array.from({ length: simulatedMinutes - span + 1 }, (_, index) => index + span);
  return ends.some((end) =>
    Array.from({ length: EvaluationPeriods }, (_, index) => end - (index + 1) * period).every(isBreaching),
  );
}
const simulatedMinutes = 30;

const at = (...minutes: number[]): Sample[] => minutes.map((minute) => ({ minute, value: 1 }));
const everyMinute = (valueAt: (minute: number) => number): Sample[] =>
  Array.from({ length: simulatedMinutes }, (_, minute) => ({ minute, value: valueAt(minute) }));

const one = { fires: at(7), not: [] };
const three = { fires: at(2, 7, 12), not: at(2, 7) };
const threeInFive = { fires: at(3, 3, 6), not: at(3, 6) };

const cases: Record<string, { fires: Sample[]; not: Sample[] }> = {
  AbandonedDEADLINEEXCEEDED: three,
  AbandonedPROVIDERUNAVAILABLE: three,
  AbandonedPROVIDERMAINTENANCE: three,
  AbandonedINSUFFICIENTCREDITS: one,
  AbandonedUNAUTHORIZED: one,
  AbandonedFEATUREDISABLED: one,
  AbandonedCONTRACTVIOLATION: one,
  AbandonedUNEXPECTEDRESPONSE: one,
  AbandonedEXECUTIONLOST: one,
  // Ten minutes without an answer, and a restart that takes five.
  ProviderDown: {
    fires: everyMinute((minute) => (minute >= 5 && minute < 15 ? 0 : 1)),
    not: everyMinute((minute) => (minute >= 5 && minute < 10 ? 0 : 1)),
  },
  // A sweep that finds nothing in each quarter of an hour ends it.
  Overdue: {
    fires: everyMinute((minute) => (minute < 15 ? 2 : 0)),
    not: everyMinute((minute) => (minute % 15 === 14 ? 0 : 2)),
  },
  SweepSilent: {
    fires: everyMinute(() => 1).filter(({ minute }) => minute < 10 || minute >= 15),
    not: everyMinute(() => 1).filter(({ minute }) => minute < 10 || minute >= 14),
  },
  RateUnreachable: threeInFive,
  RateRebased: { fires: at(2, 8, 12), not: at(2, 8) },
  TokenRejected: { fires: at(2, 8, 12), not: at(2, 8) },
  SubmissionDenied: one,
  SubmissionUnknown: three,
  DeliveryExhausted: one,
  ThrottledPoll: { fires: at(2, 8), not: at(2, 3) },
  ThrottledSweep: { fires: at(2, 8), not: at(2, 3) },
  ThrottledDeliver: { fires: at(2, 8), not: at(2, 3) },
  ThrottledArchive: { fires: at(2, 8), not: at(2, 3) },
  ThrottledSubmit: { fires: at(2, 8), not: at(2, 3) },
  ThrottledAuthorize: { fires: at(2, 8), not: at(2, 3) },
  ThrottledApi: { fires: at(2, 8), not: at(2, 3) },
  ThrottledTable: { fires: at(2, 8, 12), not: at(2, 8) },
  Throttledbystatus: { fires: at(2, 8, 12), not: at(2, 8) },
  Throttleddue: { fires: at(2, 8, 12), not: at(2, 8) },
  FailingPoll: { fires: at(5, 5, 6, 8), not: at(5, 5, 6) },
  // Once a minute, but for one of five.
  FailingSweep: { fires: at(5, 6, 8, 9), not: at(5, 6, 8) },
  // The sweep starts a failing delivery every six minutes.
  FailingDeliver: { fires: at(3, 9, 15), not: at(3, 9) },
  FailingArchive: { fires: at(3, 9, 15), not: at(3, 9) },
  FailingApi: threeInFive,
  FailingSubmit: threeInFive,
};

describe('an alarm', () => {
  it('has simulated metrics below', () => {
    expect(Object.keys(alarms).toSorted()).toEqual(Object.keys(cases).toSorted());
  });

  it.each(Object.entries(alarms))('fires over its condition, and not below: %s', (name, alarm) => {
    expect(statistics).toHaveProperty(alarm.Statistic);
    expect(comparisons).toHaveProperty(alarm.ComparisonOperator);
    expect(fires(alarm, cases[name]?.fires ?? [])).toBe(true);
    expect(fires(alarm, cases[name]?.not ?? [])).toBe(false);
  });
});
