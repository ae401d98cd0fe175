import { SystemFindings } from '@bridgecore/contracts';
import { QueueFigures } from '@bridgecore/runtime';
import { SystemView } from '../src/api/shapes';
import { runCheck } from '../src/doctor/check';
import { pullFound } from '../src/doctor/gateway';
import { notificationsFound } from '../src/doctor/notifications';
import { foundIn } from '../src/doctor/odoo';
import { workersFound } from '../src/doctor/queues';
import { subscription } from './told-gateway';

const NEVER = new AbortController().signal;

describe('a check', () => {
  it('ends when its time does, though what it looks at never answers', async () => {
    const hanging = { id: 'x', title: 'x', timeoutMs: 20, look: () => new Promise<never>(() => undefined) };

    expect(await runCheck(hanging, NEVER)).toMatchObject({
      mark: 'failed',
      text: 'It has not answered within 0.02 s.',
    });
  });

  it('tells what it fails by', async () => {
    const failing = { id: 'x', title: 'x', timeoutMs: 1_000, look: () => Promise.reject(new Error('no such host')) };

    expect(await runCheck(failing, NEVER)).toMatchObject({ mark: 'failed', text: 'no such host' });
  });
});

describe('the pull of a system', () => {
  const system = (lag_seconds: number | null, dead_letters_open = 0): SystemView => ({
    ...{ id: 'paris', url: 'http://paris', sync_interval_seconds: 30, dead_letters_open, check: null },
    pull: {
      ...{ last_event_id: 7, last_run_at: null, succeeded_at: null, last_event_at: null, swept_at: null, runs: 1 },
      lag_seconds,
    },
  });

  it.each([
    [system(null), 'failed'],
    [system(20), 'ok'],
    [system(90), 'ok'],
    [system(91), 'warning'],
    [system(150), 'warning'],
    [system(151), 'failed'],
    [system(20, 2), 'warning'],
  ])('is judged by its interval: %#', (view, mark) => {
    expect(pullFound(view).mark).toBe(mark);
  });
});

describe('the workers', () => {
  const queue = (name: string, jobs: Partial<QueueFigures['jobs']>, oldest_seconds: number | null): QueueFigures => ({
    ...{ queue: name, oldest_seconds },
    jobs: { waiting: 0, prioritized: 0, delayed: 0, active: 0, failed: 0, ...jobs },
  });

  it('are not told of jobs that have failed without saying which', () => {
    const queues = [queue('odoo-pull', { failed: 6 }, null), queue('data-sync', { failed: 1 }, null)];

    expect(workersFound(queues, 1).text).toBe(
      '1 worker connected; nothing waits. Failed and still remembered: 6 of odoo-pull and 1 of data-sync',
    );
  });

  it.each([
    ['nobody is connected', [queue('webhook-events', {}, null)], 0, 'failed'],
    ['nothing waits', [queue('webhook-events', {}, null)], 2, 'ok'],
    ['work waits, and nobody does anything', [queue('webhook-events', { waiting: 5 }, 300)], undefined, 'failed'],
    ['they do not keep up', [queue('webhook-events', { waiting: 5, active: 4 }, 300)], 2, 'warning'],
    ['a job has failed for good', [queue('webhook-events', { failed: 1 }, null)], 2, 'warning'],
    ['only ticks are late', [queue('ticks', { waiting: 5 }, 300)], 2, 'ok'],
  ])('are judged when %s', (_when, queues, connected, mark) => {
    expect(workersFound(queues, connected).mark).toBe(mark);
  });
});

describe('an Odoo', () => {
  const findings: SystemFindings = {
    ...{ problems: [], reachable: true, key_accepted: true, addon_version: '2.0.0', clock_skew_seconds: 0 },
    ...{ pending_events: 3, key_expires_at: null, rpc: { configured: false } },
    ...{ events_held: null, events_recorded: null, events_until: null },
  };

  it('is told on a line', () => {
    expect(foundIn({ state: 'ok', findings, snapshot: null })).toMatchObject({
      ...{ mark: 'ok', text: 'key accepted, addon 2.0.0, clock agrees with ours, 3 events held, no RPC' },
    });
  });

  it.each([
    ['degraded', ['Its clock is more than 30 s ahead of ours.'], true, 'warning'],
    ['degraded', ['Its external API (RPC) does not accept us.'], true, 'failed'],
    ['degraded', ['Odoo answered 401.'], false, 'failed'],
    ['down', ['Odoo cannot be reached.'], null, 'failed'],
  ] as const)('that is %s with %j is judged', (state, problems, key_accepted, mark) => {
    expect(foundIn({ state, findings: { ...findings, problems, key_accepted }, snapshot: null })).toMatchObject({
      mark,
      more: problems,
    });
  });
});

describe('notifications', () => {
  const later = new Date(Date.now() + 60_000).toISOString();

  it.each([
    ['nobody subscribes', [], 'ok', /^nobody subscribes$/],
    ['all is well', [subscription()], 'ok', /^1 subscription, 0 waiting$/],
    [
      'one has paused by itself',
      [subscription({ state: 'paused', paused_by: 'gone' })],
      'failed',
      /paused by itself: shop/,
    ],
    [
      'somebody has paused it',
      [subscription({ state: 'paused', paused_by: 'operator' })],
      'warning',
      /an operator: shop/,
    ],
    ['one fails', [subscription({ failures: 5, open_until: later })], 'warning', /failing: shop/],
    [
      'some are dead',
      [subscription({ deliveries: { waiting: 1, dead: 2 } })],
      'warning',
      /1 waiting; 2 dead deliveries/,
    ],
  ])('are told on a line when %s', (_when, subscriptions, mark, text) => {
    expect(notificationsFound(subscriptions)).toMatchObject({ mark, text: expect.stringMatching(text) as string });
  });
});
