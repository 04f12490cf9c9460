import { App, type AppProps } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };

/** A CDK app with today's recommended behaviour, as `cdk init` would pin it; the library's version is pinned already. */
export const createApp = (props: AppProps = {}): App =>
  new App({ stackTraces: false, ...props, context: { ...recommendedFlags, ...props.context } });
