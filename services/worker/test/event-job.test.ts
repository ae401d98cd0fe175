import { normalisePush } from '@bridgecore/contracts';
import { aboutEventJob, workEventJob } from '../src/record/event-job';
import { arrival, clear, openWorkerStack, pushed, WorkerStack } from './worker-stack';

let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack();
});
afterAll(() => stack.close());
beforeEach(() => clear(stack.pool));

describe('an event job', () => {
  it('records its events system by system, and says what came of them', async () => {
    const events = [pushed(1), pushed(2, { arrival: { system: 'other' } }), pushed(3, { payload: { id: 3 } })];

    const report = await workEventJob({ events, rejected: [] }, stack);

    expect(report).toMatchObject({ events: 3, recorded: 3, seen: 0 });
    expect(aboutEventJob({ events, rejected: [] })).toEqual({
      ...{ system: 'odoo,other', key_id: 'push', correlation_id: 'c-1' },
    });
    expect(await stack.rows('select system from webhook_events order by system')).toHaveLength(3);
  });

  it('does not ask PostgreSQL again for a push that it recorded lately', async () => {
    const events = [pushed(101)];
    await workEventJob({ events, rejected: [] }, stack);
    await clear(stack.pool);

    expect(await workEventJob({ events: [pushed(101)], rejected: [] }, stack)).toMatchObject({ seen: 1 });
    expect(await stack.rows('select 1 from webhook_events')).toHaveLength(0);
  });

  it('records although Redis forgets or fails', async () => {
    const seen = { has: () => Promise.resolve([false]), add: () => Promise.reject(new Error('away')) };

    expect(await workEventJob({ events: [pushed(7)], rejected: [] }, { ...stack, seen })).toMatchObject({
      recorded: 1,
    });
  });

  it('does the rest when it cannot read an event, and fails so that it is tried again', async () => {
    const unread = { part: { operation: 'archive' }, reason: 'operation must be known' };
    const job = { events: [pushed(8)], rejected: [], unreadable: [unread] };

    await expect(workEventJob(job, stack)).rejects.toMatchObject({ code: 'JOB_UNREADABLE', retry: true });

    expect(await stack.rows('select push_id from webhook_events')).toEqual([{ push_id: '8' }]);
  });

  it('is safe to run twice, also for what was refused', async () => {
    const body = {
      batch: true,
      events: [
        { model: 'a.b', record_id: 1, event: 'write', data: { x: 1 } },
        { model: 5, pin: '1234' },
      ],
    };
    const { events, rejected } = normalisePush(body, arrival());

    await workEventJob({ events, rejected }, stack);
    await workEventJob({ events, rejected }, stack);

    expect(await stack.rows('select 1 from webhook_events')).toHaveLength(1);
    expect(await stack.rows('select raw, reason, attempts, origin, key_id from dead_letters')).toEqual([
      { raw: '{"model":5}', reason: 'EVENT_INVALID', attempts: 2, origin: 'push', key_id: 'push' },
    ]);
    expect(await stack.rows(`select 1 from audit_logs where action = 'event.dead_lettered'`)).toHaveLength(2);
  });
});
