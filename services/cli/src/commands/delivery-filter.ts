import { Command } from 'commander';
import { recordId } from '../command';

export const DELIVERIES = '/api/v1/deliveries';

/** Which deliveries; the same for lists and for a replay of many. */
export interface DeliveryFilter {
  readonly subscription?: string;
  readonly system?: string;
  readonly model?: string;
  readonly recordId?: string;
  readonly eventId?: string;
}

/** The filter as the gateway calls it; what was not given is undefined. */
export interface DeliveryQuery extends Readonly<Record<string, string | undefined>> {
  readonly record_id: string | undefined;
}

/** The options that say which. */
export function withFilter(command: Command): Command {
  return command
    .option('--subscription <name>', 'of this subscription')
    .option('--system <id>', 'of events of this Odoo')
    .option('--model <model>', 'of this model')
    .option('--record-id <id>', 'of the record with this id', recordId)
    .option('--event-id <id>', 'of this event');
}

/** Those options as a query. */
export function queryOf({ recordId: record_id, eventId: event_id, ...rest }: DeliveryFilter): DeliveryQuery {
  const { subscription, system, model } = rest;
  return { subscription, system, model, record_id, event_id };
}
