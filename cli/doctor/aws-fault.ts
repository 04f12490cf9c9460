/** Why the first call to AWS failed, and what to do. */
import { explainError } from '../exit-code.ts';

interface AwsFault {
  check: 'credentials' | 'stack';
  message: string;
  fix: string;
}

const faultOf =
  (check: AwsFault['check']) =>
  (message: string, fix: string): AwsFault => ({ check, message, fix });
const [withCredentials, withStack] = [faultOf('credentials'), faultOf('stack')];

const loginAgain = 'log in again, or correct AWS_PROFILE or --profile';

export const isDenied = (error: unknown): boolean => nameOf(error).startsWith('AccessDenied');

export function explainAwsFault(error: unknown, stackName: string): AwsFault {
  const name = nameOf(error);
  const { message } = explainError(error);
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(name)) {
    return withCredentials('there are none', 'run aws configure, or set AWS_PROFILE or --profile');
  }
  if (message.includes('Region is missing')) {
    return withCredentials('the region is not known', 'set AWS_REGION or --region');
  }
  if (/^(ExpiredToken|TokenRefreshRequired)/.test(name))
    return withCredentials('they have expired', loginAgain);
  if (/^(RequestExpired|RequestTimeTooSkewed|SignatureDoesNotMatch|InvalidSignature)/.test(name)) {
    return withCredentials(
      `AWS rejects the signature (${name})`,
      'set the clock of this machine, then check the secret access key',
    );
  }
  if (/^(InvalidClientTokenId|UnrecognizedClient|OptInRequired)/.test(name)) {
    return withCredentials(`AWS rejects them (${name})`, loginAgain);
  }
  if (isDenied(error)) {
    return withStack(
      `these credentials may not describe ${stackName}`,
      'allow them cloudformation:DescribeStacks',
    );
  }
  if (name === 'ValidationError' && message.includes('does not exist')) {
    return withStack(
      `there is no stack ${stackName} in this account and region`,
      'deploy it, or correct FACE_POLLER_STACK, --region or --profile',
    );
  }
  return withCredentials(message, 'see that AWS can be reached from here: network, proxy, AWS_REGION');
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
