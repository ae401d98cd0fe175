import { BridgeError, normalisePush, parseEvent, ReplayRequest } from '@bridgecore/contracts';
import { bury } from '../src/dead-letters/bury';
import { deadEvent, deadItem, deadPart, deadRow } from '../src/dead-letters/letter';
import { replay } from '../src/dead-letters/replay';
import { record } from '../src/record/record';
import { arrival, clear, dated, openWorkerStack, pulled, pushed, WorkerStack } from './worker-stack';

let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack();
});
afterAll(() => stack.close());
beforeEach(() => clear(stack.pool));

const bug = new TypeError('a bug');
const request = (...ids: string[]): ReplayRequest => ({ ids, key_id: 'operator', correlation_id: 'r-1' });
const letters = () => stack.rows('select status, attempts, reason, event_id, closed_at from dead_letters order by id');
const audit = (action: string) =>
  stack.rows('select outcome, key_id, correlation_id, event_id, detail from audit_logs where action = $1', [action]);

describe('a replay', () => {
  it('records the event, closes its letter and leaves a trace', async () => {
    await bury(stack, [deadEvent(pushed(5), bug)]);

    expect(await replay(request('1'), stack)).toEqual({ replayed: 1, replay_failed: 0, closed: 0 });

    expect(await stack.rows('select id, push_id, correlation_id from webhook_events')).toEqual([
      { id: '1', push_id: '5', correlation_id: 'c-1' },
    ]);
    expect(await letters()).toMatchObject([{ status: 'replayed', event_id: '1', closed_at: expect.any(Date) as Date }]);
    expect(await audit('dead_letter.replayed')).toEqual([
      {
        ...{ outcome: 'recorded', key_id: 'operator', correlation_id: 'r-1', event_id: '1' },
        detail: { dead_letter_id: '1' },
      },
    ]);
  });

  it('joins the twin that came meanwhile, although the letter is redacted', async () => {
    const payload = { ...dated(1), access_token: 'secret' };
    await bury(stack, [deadEvent(pushed(5, { payload }), bug)]);
    await record('odoo', [pulled(9, { payload })], stack);

    await replay(request('1'), stack);

    expect(await stack.rows('select push_id, pull_id from webhook_events')).toEqual([{ push_id: '5', pull_id: '9' }]);
    expect(await audit('dead_letter.replayed')).toMatchObject([{ outcome: 'joined' }]);
  });

  it('records two pushes without an id as two, equal as they are', async () => {
    const events = [pushed(null), pushed(null)].map((event) => ({ ...event, timestamped: false }));
    for (const event of [...events, ...events]) await bury(stack, [deadEvent(event, bug)]);

    expect(await letters()).toMatchObject([{ attempts: 2 }, { attempts: 2 }]);
    expect(await replay(request('1', '2'), stack)).toMatchObject({ replayed: 2 });

    expect(await stack.rows('select 1 from webhook_events')).toHaveLength(2);
  });

  it('takes every kind of letter', async () => {
    const { rejected } = normalisePush(
      { batch: true, events: [{ model: 'a.b', record_id: 'x', event: 'write' }] },
      arrival(),
    );
    const item = { ...rejected[0], raw: JSON.stringify({ model: 'a.b', record_id: 3, event: 'write', event_id: 8 }) };
    const row = { id: 7, model: 'a.b', record_id: 1, event: 'write', timestamp: '2026-11-23T06:22:26', payload: {} };
    const error = new BridgeError('EVENT_INVALID', 'An older version refused it.');
    await bury(stack, [
      ...[deadItem(item as never), deadRow(JSON.stringify(row), '7', error, arrival({ key_id: null }))],
      deadPart({ part: JSON.parse(JSON.stringify(pushed(6))), reason: 'a newer gateway wrote it' }),
    ]);

    expect(await replay(request('1', '2', '3'), stack)).toMatchObject({ replayed: 3 });

    const ids = `select push_id, pull_id, received_at from webhook_events order by coalesce(push_id, pull_id::text)`;
    expect(await stack.rows(ids)).toMatchObject([
      { push_id: '6', pull_id: null },
      { push_id: null, pull_id: '7' },
      { push_id: '8', pull_id: null, received_at: new Date('2026-11-23T07:00:00Z') },
    ]);
  });

  it('that fails again keeps the history of its letter, and can be tried again', async () => {
    await bury(stack, [deadEvent(pushed(5, { payload: { note: '\u0000' } }), bug)]);
    await stack.pool.query(`update dead_letters set first_failed_at = now() - interval '1 day'`);
    const [before] = await stack.rows<{ first_failed_at: Date }>('select first_failed_at from dead_letters');

    expect(await replay(request('1'), stack)).toMatchObject({ replay_failed: 1 });

    expect(await letters()).toMatchObject([{ status: 'open', attempts: 2, reason: '22P05', event_id: null }]);
    expect(await stack.rows('select first_failed_at from dead_letters')).toEqual([before]);
    expect(await audit('dead_letter.replay_failed')).toMatchObject([{ outcome: 'failed', correlation_id: 'r-1' }]);
    expect(await audit('event.dead_lettered')).toHaveLength(1);
    expect(await replay(request('1'), stack)).toMatchObject({ replay_failed: 1 });
  });

  it.each([
    ['that is no JSON', '{'],
    ['that is no event', '{"a":1}'],
  ])('of a letter %s fails as such', async (_, raw) => {
    await bury(stack, [{ ...deadEvent(pushed(5), bug), raw }]);

    expect(await replay(request('1'), stack)).toMatchObject({ replay_failed: 1 });

    expect(await letters()).toMatchObject([{ status: 'open', attempts: 2 }]);
  });

  it('does nothing to a letter that is closed or that nobody knows', async () => {
    await bury(stack, [deadEvent(pushed(5), bug), deadEvent(pushed(6, { payload: { n: 6 } }), bug)]);
    await stack.pool.query(`update dead_letters set status = 'discarded' where id = 2`);

    expect(await replay(request('1', '1', '2', '99'), stack)).toMatchObject({ replayed: 1, closed: 3 });

    expect(await stack.rows('select 1 from webhook_events')).toHaveLength(1);
  });

  it('records once when many do it at the same time', async () => {
    const events = Array.from({ length: 10 }, (_, n) => deadEvent(pushed(n, { payload: { n } }), bug));
    await bury(stack, events);
    const ids = events.map((_, n) => String(n + 1));

    const reports = await Promise.all(Array.from({ length: 4 }, () => replay(request(...ids), stack)));

    expect(reports.reduce((sum, report) => sum + Number(report['replayed']), 0)).toBe(10);
    expect(await stack.rows('select 1 from webhook_events')).toHaveLength(10);
    expect(await audit('dead_letter.replayed')).toHaveLength(10);
  });

  it('opens no letter and records nothing when the connection dies before the commit', async () => {
    await bury(stack, [deadEvent(pushed(5), bug)]);
    await stack.pool.query(`
      create function die() returns trigger language plpgsql as $$
        begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
      create trigger die before insert on audit_logs for each row when (new.action = 'dead_letter.replayed') execute function die()`);

    await expect(replay(request('1'), stack)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retry: true });

    expect(await stack.rows('select 1 from webhook_events')).toEqual([]);
    expect(await letters()).toMatchObject([{ status: 'open', attempts: 1 }]);
    await stack.pool.query('drop trigger die on audit_logs; drop function die');
    expect(await replay(request('1'), stack)).toMatchObject({ replayed: 1 });
  });

  it('of an event that comes as a dead letter once more opens its letter again', async () => {
    const event = pushed(5);
    await bury(stack, [deadEvent(event, bug)]);
    await replay(request('1'), stack);

    await bury(stack, [deadEvent(parseEvent(JSON.parse(JSON.stringify(event))), bug)]);

    expect(await letters()).toMatchObject([{ status: 'open', attempts: 2, event_id: null, closed_at: null }]);
  });
});
