/** The settings of the optional parts: outputs, archive and HTTP API. */
import type * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';

export interface OutputOptions {
  /**
   * Stands before the name of each output: letters and digits, at most 100. Two pollers of one stack need two.
   *
   * @default - the id of the construct; none in `FaceDetectionPollerStack`
   * @example 'Videos'
   */
  readonly prefix?: string;
  /**
   * Whether other stacks can import the outputs, as `<stack name>:<output>`.
   *
   * @default false
   * @example true
   */
  readonly exported?: boolean;
}

export interface ArchiveOptions {
  /**
   * A bucket of your own. Its lifecycle is yours: let objects below `faces/` expire one day after the records do.
   *
   * @default - a new one
   * @example Bucket.fromBucketName(this, 'Faces', 'media-faces')
   */
  readonly bucket?: s3.IBucket | s3.Bucket;
  /**
   * A customer managed key that encrypts the new bucket.
   *
   * @default - S3's own key
   * @example new Key(this, 'ArchiveKey')
   */
  readonly encryptionKey?: kms.IKey;
}

export interface ApiOptions {
  /**
   * Whether requests are authorized by a token of a new secret, for callers that cannot sign requests.
   * Contradicts `authorizer`.
   *
   * @default false
   * @example true
   */
  readonly token?: boolean;
  /**
   * Authorizes requests. An authorizer that lets every request through fails synthesis.
   *
   * @default - AWS IAM: callers sign their requests
   * @example new HttpJwtAuthorizer('Jwt', 'https://login.example', { jwtAudience: ['faces'] })
   */
  readonly authorizer?: apigateway.IHttpRouteAuthorizer;
  /**
   * Requests per second that are let through in the long run: any positive number.
   *
   * @default 50
   * @example 20
   */
  readonly ratePerSecond?: number;
  /**
   * Requests that may arrive at once: a whole number from 1.
   *
   * @default 100
   * @example 40
   */
  readonly burst?: number;
}
