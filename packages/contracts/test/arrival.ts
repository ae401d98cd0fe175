import { randomUUID } from 'node:crypto';
import { Arrival } from '../src/normalise';
import { DEFAULT_REDACTED_FIELDS, redaction } from '../src/redact';

/** An arrival for the system `odoo`, with what a test wants to be different. */
export function arrival(different: Partial<Arrival> = {}): Arrival {
  return {
    system: 'odoo',
    received_at: '2026-11-23T07:00:00.000Z',
    correlation_id: 'request-1',
    key_id: 'push',
    idempotency_key: null,
    isRedacted: redaction(DEFAULT_REDACTED_FIELDS),
    newId: randomUUID,
    ...different,
  };
}
