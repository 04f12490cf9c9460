import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

import { source } from './event.ts';
import type { PutEvent } from './publish.ts';

/** The deployed event bus. */
export const eventBridge =
  (deps: { client: EventBridgeClient; eventBusName: string }): PutEvent =>
  async ({ detailType, detail, resources = [] }) => {
    const { FailedEntryCount, Entries } = await deps.client.send(
      new PutEventsCommand({
        Entries: [
          {
            Source: source,
            DetailType: detailType,
            Detail: JSON.stringify(detail),
            Resources: resources,
            EventBusName: deps.eventBusName,
          },
        ],
      }),
    );
    // The call succeeds even if its only entry failed.
    if (FailedEntryCount !== 0)
      throw new Error(`the event bus rejected an event: ${Entries?.[0]?.ErrorCode ?? 'no reason given'}`);
  };
