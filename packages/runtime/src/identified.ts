import { randomUUID } from 'node:crypto';
import { QueueDefinition } from '@bridgecore/contracts';

/** A payload by which everything that it leads to is found again. */
export type Identified<Payload> = Payload & { readonly correlation_id: string };

/** The same queue, whose jobs get an id when they are taken up without one: it is time that asks, or a former version. */
export function identified<Payload extends { readonly correlation_id?: string | null }>(
  definition: QueueDefinition<Payload>,
): QueueDefinition<Identified<Payload>> {
  return {
    ...definition,
    parse: (data) => {
      const payload = definition.parse(data);
      return { ...payload, correlation_id: payload.correlation_id ?? randomUUID() };
    },
  };
}
