import { BridgeError } from '../src/errors';
import { parseEventJob, parsePullJob } from '../src/jobs';
import { normalisePush } from '../src/normalise';
import { arrival } from './arrival';

const body = {
  batch: true,
  events: [{ model: 'a.b', record_id: 1, event: 'write', event_id: 4, data: { a: [1] } }, 5],
};
const { events, rejected } = normalisePush(body, arrival());

function roundTrip(job: unknown): unknown {
  return JSON.parse(JSON.stringify(job));
}

describe('an event job', () => {
  it('comes out of the queue as it went in', () => {
    const job = parseEventJob(roundTrip({ events, rejected }));

    expect(roundTrip(job)).toEqual(roundTrip({ events, rejected, unreadable: [] }));
  });

  it('drops fields that a newer producer has added', () => {
    const newer = { events: [{ ...events[0], added_later: 1 }], rejected: [] };

    expect(parseEventJob(roundTrip(newer)).events[0]).not.toHaveProperty('added_later');
  });

  it.each([
    ['nothing', undefined],
    ['text', 'x'],
    ['no lists', {}],
  ])('is transient when it holds %s: a newer producer may have written it', (_, data) => {
    const read = (): unknown => parseEventJob(data);

    expect(read).toThrow(BridgeError);
    expect(read).toThrow(expect.objectContaining({ code: 'JOB_UNREADABLE', retry: true }) as Error);
  });

  it.each([
    ['an event without data', { events: [events[0], { ...events[0], data: 1 }], rejected: [] }],
    ['an operation that is unknown yet', { events: [{ ...events[0], operation: 'archive' }, events[0]], rejected: [] }],
    ['a refused item without its body', { events: [events[0]], rejected: [{ ...rejected[0], raw: 1 }] }],
  ])('gives what can be read of it beside %s', (_, data) => {
    const job = parseEventJob(roundTrip(data));

    expect(job.events).toHaveLength(1);
    expect(job.unreadable).toHaveLength(1);
  });

  it.each([
    ['times at the ends of the calendar', { timestamp: '9999-12-31T23:59:59Z' }],
    ['names of fields without end', { data: { _changed_fields: Array.from({ length: 5_000 }, (_, n) => `f${n}`) } }],
    ['names that are no names', { data: { _changed_fields: [1, null, 'x'.repeat(500), 'a\u0000b', { a: 1 }] } }],
    [
      'every field as Odoo leaves it empty',
      { event_id: false, priority: false, user_id: false, changed_fields: false },
    ],
  ])('can be read when the gateway has accepted %s', (_, different) => {
    const body = { model: 'a.b', record_id: 1, event: 'write', ...different };

    expect(parseEventJob(roundTrip(normalisePush(body, arrival()))).unreadable).toEqual([]);
  });
});

describe('a job that asks for a replay', () => {
  const replay = { ids: ['1', '22'], key_id: 'operator', correlation_id: 'c-1' };

  it('comes out of the queue as it went in', () => {
    expect(roundTrip(parseEventJob({ events: [], rejected: [], replay }))).toMatchObject({ replay });
  });

  it.each([
    ['an id that is none', { ids: ['1; drop table'] }],
    ['an id beyond any', { ids: ['9999999999999999999'] }],
    ['more ids than one job works', { ids: Array.from({ length: 101 }, () => '1') }],
    ['no ids', { ids: undefined }],
  ])('is not read with %s', (_, different) => {
    const job = parseEventJob({ events: [], rejected: [], replay: { ...replay, ...different } });

    expect(job.replay).toBeUndefined();
    expect(job.unreadable).toHaveLength(1);
  });
});

describe('a pull job', () => {
  it('names a system', () => {
    expect(parsePullJob({ system: 'odoo' })).toEqual({ system: 'odoo' });
    expect(() => parsePullJob({})).toThrow(/system/);
  });

  it('reads what a pull that was asked for names since 0.2, and refuses what it cannot be', () => {
    const asked = { system: 'odoo', sweep: true, key_id: 'operator', correlation_id: 'request-1' };

    expect(parsePullJob(asked)).toEqual(asked);
    expect(parsePullJob({ ...asked, later: 1 })).toEqual(asked);
    expect(() => parsePullJob({ ...asked, sweep: 'yes' })).toThrow(/sweep/);
    expect(() => parsePullJob({ ...asked, correlation_id: 'x'.repeat(129) })).toThrow(/correlation_id/);
  });
});
