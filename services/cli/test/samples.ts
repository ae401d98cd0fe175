import { AuditView, EventView } from '../src/api/shapes';
import { WhyView } from '../src/why/shapes';

type ToldEvent = EventView & { readonly audit: readonly AuditView[] };

/** An event that came by push and by pull, as the gateway tells it. */
export function told(different: Partial<ToldEvent> = {}): ToldEvent {
  return {
    ...{ id: '17', system: 'paris', model: 'sale.order', record_id: 42, operation: 'write', priority: 'high' },
    ...{ occurred_at: '2026-11-26T06:00:00.000Z', received_at: '2026-11-26T06:00:00.310Z', user_name: 'Anna' },
    ...{ changed_fields: ['state'], data: { name: 'S00042' }, push_id: '8', pull_id: '10', is_test: false },
    ...{ pushed_at: '2026-11-26T06:00:00.310Z', pulled_at: '2026-11-26T06:00:30.000Z', correlation_id: 'request-1' },
    audit: [
      audited({ action: 'event.push', outcome: 'recorded', at: '2026-11-26T06:00:00.400Z' }),
      audited({ action: 'event.pull', outcome: 'joined', at: '2026-11-26T06:00:30.100Z', correlation_id: 'run-9' }),
    ],
    ...different,
  };
}

/** A row of the audit. */
export function audited(different: Partial<AuditView>): AuditView {
  return {
    ...{ id: '1', at: '2026-11-26T06:00:00Z', service: 'worker', worker: 'host-1', key_id: null, action: 'event.push' },
    ...{ outcome: 'recorded', system: 'paris', model: 'sale.order', record_id: 42, event_id: '17' },
    ...{ correlation_id: 'request-1', error: null, detail: null },
    ...different,
  };
}

/** The story of a record that is recorded. */
export function story(different: Partial<WhyView> = {}): WhyView {
  return {
    ...{ model: 'sale.order', record_id: 42, system: null, asked_at: '2026-11-26T06:05:00.000Z' },
    ...{ verdict: { code: 'RECORDED', text: 'sale.order 42 is recorded.' }, events: [told()], events_more: false },
    ...{ dead_letters: [], queued: [], queued_all_seen: true, outbox: [], deliveries: [], systems: [], findings: [] },
    gateway: { checks: { redis: 'up', postgres: 'up' } },
    ...different,
  };
}
