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

    expect(roundTrip(job)).toEqual(roundTrip({ events, rejected }));
  });

  it('drops fields that a newer producer has added', () => {
    const newer = { events: [{ ...events[0], added_later: 1 }], rejected: [] };

    expect(parseEventJob(roundTrip(newer)).events[0]).not.toHaveProperty('added_later');
  });

  it.each([
    ['nothing', undefined],
    ['text', 'x'],
    ['no lists', {}],
    ['an event without data', { events: [{ ...events[0], data: 1 }], rejected: [] }],
    ['an operation that is unknown yet', { events: [{ ...events[0], operation: 'archive' }], rejected: [] }],
    ['a rejected item without its body', { events: [], rejected: [{ ...rejected[0], raw: 1 }] }],
  ])('is transient when it holds %s: a newer producer may have written it', (_, data) => {
    const read = (): unknown => parseEventJob(roundTrip({ x: data }) && data);

    expect(read).toThrow(BridgeError);
    expect(read).toThrow(expect.objectContaining({ code: 'JOB_UNREADABLE', retry: true }) as Error);
  });
});

describe('a pull job', () => {
  it('names a system', () => {
    expect(parsePullJob({ system: 'odoo' })).toEqual({ system: 'odoo' });
    expect(() => parsePullJob({})).toThrow(/system/);
  });
});
