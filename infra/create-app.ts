import { App, type AppProps } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };

/** A CDK app with the recommended feature flags of the pinned library version, as `cdk init` would write them. */
export const createApp = (props: AppProps = {}): App =>
  new App({
    stackTraces: false,
    ...props,
    context: { ...recommendedFlags, 'aws:cdk:disable-creation-stack-traces': true, ...props.context },
  });
