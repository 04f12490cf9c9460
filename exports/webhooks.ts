/**
 * What `face-detection-poller/webhooks` exports: the receiver's side of the push.
 *
 * @module
 */
export {
  type VerifiedEvent,
  type VerifyOptions,
  verifyWebhook,
  type WebhookFault,
  type WebhookHeadersReceived,
  WebhookVerificationError,
} from '../client/webhooks.ts';
