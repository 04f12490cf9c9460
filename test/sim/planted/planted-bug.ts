/** A bug of the kind that a hasty change brings, beside the promise that it breaks first. */
import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';

import type { Parts } from '../parts.ts';

export interface PlantedBug {
  name: string;
  parts: Partial<Parts>;
  /** Part of what is found: the promise and a sentence. */
  caughtBy: string;
}

/** Changes what an update or a deletion says, before it is sent. */
export const writing =
  (command: string, change: (input: UpdateItemCommandInput) => void): Parts['dynamodb'] =>
  (client) =>
    client.middlewareStack.add(
      (next, context) => (args) => {
        if (context['commandName'] === command) change(args.input as UpdateItemCommandInput);
        return next(args);
      },
      // Before the history sees the input.
      { step: 'initialize', name: `plant${command}`, priority: 'high' },
    );
