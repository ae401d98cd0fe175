import { writeJson, type JsonObject } from './json-write';
import type { PushRow } from './tables';

/** An instant push: the record's fields at the top, `_webhook_metadata` last, nothing else (`push-instant-*`). */
export function instantBody(row: PushRow): string {
  const metadata = {
    event_id: row.id,
    event_type: row.event,
    model: row.model,
    record_id: row.record_id,
    timestamp: row.timestamp,
  };
  return writeJson({ ...row.payload, _webhook_metadata: metadata });
}

/** A scheduled push (`push-cron-*`); `changed_fields` only where the row has them: writes on the config path. */
export function scheduledBody(row: PushRow): string {
  return writeJson(scheduledEnvelope(row));
}

/** A batch of scheduled envelopes (`push-batch`); no job of the addon uses it. */
export function batchBody(rows: readonly PushRow[], timestamp: string): string {
  return writeJson({ batch: true, timestamp, events: rows.map(scheduledEnvelope) });
}

/** What the button "test connection" of a subscriber posts (`test-connection-*`). */
export function connectionTestBody(subscriber: string, timestamp: string): string {
  return writeJson({ test: true, message: 'Connection test from Odoo Webhook Module', timestamp, subscriber });
}

/** What the test button of a configuration puts into `data` (`push-config-test-button`). */
export function testEventPayload(model: string, configName: string, timestamp: string, recordId: number): JsonObject {
  return {
    _test_event: true,
    message: 'This is a test webhook event',
    model,
    config_name: configName,
    timestamp,
    sample_record_id: recordId,
  };
}

function scheduledEnvelope(row: PushRow): JsonObject {
  return {
    event_id: row.id,
    model: row.model,
    record_id: row.record_id,
    event: row.event,
    timestamp: row.timestamp,
    priority: row.priority,
    category: row.category,
    data: row.payload,
    changed_fields: row.changed_fields ?? undefined,
  };
}
