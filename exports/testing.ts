/**
 * What `face-detection-poller/testing` exports: the simulated provider, and the whole service with a clock that skips.
 *
 * @module
 */
export type { Script } from '../local/simulator/script.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from '../local/simulator/simulator.ts';
export type { SkippingClock } from '../local/testing/clock.ts';
export {
  startTestStack,
  type TestStack,
  type TestStackOptions,
  testWebhookSecret,
} from '../local/testing/stack.ts';
