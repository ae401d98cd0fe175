import { testEventPayload } from './envelopes';
import type { Client, PullRow, PushRow } from './tables';
import { isPushedAtOnce, type Tracking } from './tracking';

/** What the push row and the pull row of one event have in common. */
export type RowCore = Pick<PullRow, 'model' | 'record_id' | 'event' | 'timestamp' | 'payload'>;

/** The pull row: on the rule path with the configuration's priority and category (README §1). */
export function pullRow(
  id: number,
  core: RowCore,
  { path, priority, category, pullPriority, pullCategory }: Tracking,
  user: { readonly id: number; readonly name: string },
): PullRow {
  return {
    id,
    ...core,
    priority: path === 'rule' ? pullPriority : priority,
    category: path === 'rule' ? pullCategory : category,
    user_id: user.id,
    user_name: user.name,
    is_processed: false,
    is_archived: false,
  };
}

/** A push row for one subscriber, not sent yet. */
export function pushRow(
  id: number,
  core: RowCore,
  tracking: Tracking,
  given: { readonly changedFields: readonly string[]; readonly subscriber: number; readonly client: Client },
): PushRow {
  const named = tracking.path === 'config' && core.event === 'write' && given.changedFields.length > 0;
  return {
    id,
    ...core,
    priority: tracking.priority,
    category: tracking.category,
    changed_fields: named ? given.changedFields : null,
    subscriber_id: given.subscriber,
    client: given.client,
    instant: isPushedAtOnce(tracking),
    ...UNSENT,
  };
}

/** The event of a configuration's test button; it has no pull row (`push-config-test-button`). */
export function testEventRow(id: number, tracking: Tracking, recordId: number, timestamp: string): PushRow {
  const { model, label } = tracking;
  const payload = testEventPayload(model, label, timestamp, recordId);
  const core = { model, record_id: recordId, event: 'create', timestamp, payload } as const;
  return { ...pushRow(id, core, tracking, { changedFields: [], subscriber: 1, client: 'web' }), instant: false };
}

/** The columns of a push row that nobody has sent. */
const UNSENT = {
  attempted: false,
  status: 'pending',
  retry_count: 0,
  response_code: null,
  response_body: null,
  error_message: null,
  error_type: null,
  next_retry_at: null,
  sent_at: null,
  processing_time: null,
} as const;
