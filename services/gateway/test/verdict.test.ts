import { Facts } from '../src/why/story';
import { verdictOf } from '../src/why/verdict';
import { before, outboxOf, eventOf, factsOf, letterOf, queuedOf } from './why-facts';

const verdict = (different: Partial<Facts> = {}) => verdictOf(factsOf(different));
const code = (different: Partial<Facts> = {}) => verdict(different).code;

const FAILED = queuedOf({ job_id: 'job-9', state: 'failed', attempts: 8, error: 'a bug of ours' });
const RETRIED = queuedOf({ state: 'delayed', attempts: 2, error: 'deadlock', next_attempt_at: before(-60) });

describe('the verdict', () => {
  it('is one sentence about the record', () => {
    const all = [{}, { events: [eventOf()] }, { queued: [FAILED] }, { queued: [RETRIED] }, { queued: [queuedOf()] }];
    const others = [{ dead_letters: [letterOf()] }, { events: null }, { events: [eventOf()], outbox: [outboxOf()] }];

    for (const facts of [...all, ...others]) {
      const { text } = verdict(facts);
      expect(text).toContain('sale.order 25');
      expect(text).toMatch(/^[A-Za-z].*\.$/);
      expect(text).not.toMatch(/undefined|null|NaN|\.\./);
    }
  });

  it('puts what needs somebody before what goes on by itself, and both before what is done', () => {
    const recorded = { events: [eventOf()] };
    const letters = { dead_letters: [letterOf()] };

    expect(code({ ...recorded, ...letters, queued: [queuedOf(), RETRIED, FAILED] })).toBe('FAILED_JOB');
    expect(code({ ...recorded, ...letters, queued: [queuedOf(), RETRIED] })).toBe('DEAD_LETTER');
    expect(code({ ...recorded, queued: [queuedOf(), RETRIED] })).toBe('RETRYING');
    expect(code({ ...recorded, queued: [queuedOf()] })).toBe('QUEUED');
    expect(code({ ...recorded, outbox: [outboxOf()] })).toBe('RECORDED_NOT_DELIVERED');
    expect(code(recorded)).toBe('RECORDED');
  });

  it('does not count letters that are closed', () => {
    expect(code({ events: [eventOf()], dead_letters: [letterOf({ status: 'replayed' })] })).toBe('RECORDED');
    expect(code({ dead_letters: [letterOf({ status: 'discarded' })] })).toBe('NOT_ARRIVED');
  });

  it('names the last of several letters', () => {
    const { text } = verdict({ dead_letters: [letterOf({ id: '3' }), letterOf({ id: '4' })] });

    expect(text).toContain('there are 2 such, the last is kept as dead letter 4');
  });

  it('says by which ways the newest event came', () => {
    const both = eventOf({ pushed_at: before(20), pulled_at: before(5) });

    expect(verdict({ events: [eventOf({ id: '6' }), both] }).text).toBe(
      'sale.order 25 is recorded: 2 events; the newest (7) came 20 seconds ago by push and pull.',
    );
    expect(verdict({ events: [eventOf()], events_more: true }).text).toContain('more than 1 event;');
  });

  it('does not say that nothing has arrived when it could not look everywhere', () => {
    expect(code()).toBe('NOT_ARRIVED');
    expect(code({ queued: null })).toBe('UNKNOWN');
    expect(code({ queued_all_seen: false })).toBe('UNKNOWN');
    expect(code({ events: null })).toBe('UNKNOWN');
    expect(code({ dead_letters: null })).toBe('UNKNOWN');
    expect(verdict({ events: null, queued: null }).text).toContain(
      'PostgreSQL cannot be read now, and the queue cannot be read now',
    );
  });

  it('says of what it found although it could not look everywhere', () => {
    expect(code({ events: null, dead_letters: null, queued: [queuedOf()] })).toBe('QUEUED');
    expect(code({ events: [eventOf()], queued: null })).toBe('RECORDED');
  });
});
