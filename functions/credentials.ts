/**
 * Where a function finds its credentials: Lambda puts them into its environment. Bundles have this in the place of the
 * SDK's search through files, processes, sign-ons and metadata services.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
