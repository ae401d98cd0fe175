import { backoffMs } from '../src/notify/backoff';
import { quotaOf } from '../src/notify/rate';
import { afterFailure, Standing } from '../src/notify/standing';

const HOUR_MS = 3_600_000;
const NOW = new Date('2026-11-26T12:00:00.000Z');
const after = (ms: number): Date => new Date(NOW.getTime() + ms);

describe('the wait before the next try', () => {
  it('is three times longer each time, up to twelve hours', () => {
    const waits = [1, 2, 3, 4, 9, 20, 100].map((attempt) => backoffMs(attempt, 5_000, 0, 1));

    expect(waits).toEqual([5_000, 15_000, 45_000, 135_000, 32_805_000, 12 * HOUR_MS, 12 * HOUR_MS]);
  });

  it('is between half and all of that', () => {
    expect(backoffMs(2, 5_000, 0, 0)).toBe(7_500);
    for (let n = 0; n < 100; n += 1) expect(backoffMs(2, 5_000)).toBeGreaterThanOrEqual(7_500);
  });

  it('is never shorter than the receiver has asked for', () => {
    expect(backoffMs(1, 5_000, 60_000)).toBe(60_000);
    expect(backoffMs(5, 5_000, 60_000, 0)).toBe(202_500);
  });
});

describe('a rate', () => {
  it('allows at once what one second allows, and at least one', () => {
    expect(quotaOf(600, 0, 50).count).toBe(10);
    expect(quotaOf(600, 0, 4).count).toBe(4);
    expect(quotaOf(6, 0, 4).count).toBe(1);
  });

  it('allows less when some were sent, and says when the next one is', () => {
    expect(quotaOf(600, 700, 50).count).toBe(3);
    expect(quotaOf(600, 1_000, 50)).toMatchObject({ count: 0, waitMs: 100 });
    expect(quotaOf(6, 4_000, 50)).toMatchObject({ count: 0, waitMs: 4_000 });
  });

  it('that is none allows all', () => {
    expect(quotaOf(null, 99_999, 4)).toMatchObject({ count: 4, intervalMs: 0 });
  });
});

describe('a subscription that fails', () => {
  const fresh: Standing = { state: 'active', failures: 0, failing_since: null, open_until: null, now: NOW };
  const failure = { isProbe: false, isGone: false, holdMs: 0 };
  const fail = (standing: Partial<Standing>, how: Partial<typeof failure> = {}) =>
    afterFailure({ ...fresh, ...standing }, { ...failure, ...how }, 24 * HOUR_MS, 1);

  it('is sent nothing for a while after five in a row', () => {
    expect(fail({})).toEqual({ failures: 1, failing_since: NOW, open_until: null, hasOpened: false });
    expect(fail({ failures: 3 })).toMatchObject({ failures: 4, open_until: null, hasOpened: false });
    expect(fail({ failures: 4 })).toMatchObject({ failures: 5, open_until: after(30_000), hasOpened: true });
  });

  it('is left alone twice as long after each probe, up to a quarter of an hour', () => {
    const open = [5, 6, 7, 9, 10, 50].map((failures) =>
      fail({ failures, open_until: after(5_000) }, { isProbe: true }),
    );

    expect(open.map(({ open_until }) => open_until)).toEqual(
      [60_000, 120_000, 240_000, 900_000, 900_000, 900_000].map(after),
    );
    expect(open.some(({ hasOpened }) => hasOpened)).toBe(false);
  });

  it('is not left alone longer for what was under way when it opened', () => {
    expect(fail({ failures: 5, open_until: after(30_000) })).toMatchObject({ failures: 5, open_until: after(30_000) });
  });

  it('is left alone for as long as it asks', () => {
    expect(fail({}, { holdMs: 90_000 }).open_until).toEqual(after(90_000));
    expect(fail({ open_until: after(90_000) }, { holdMs: 1_000 }).open_until).toEqual(after(90_000));
    expect(fail({ failures: 4 }, { holdMs: 1_000 }).open_until).toEqual(after(30_000));
  });

  it('is paused when it has failed for too long, or says that it is gone; once', () => {
    const long = { failures: 9, failing_since: after(-24 * HOUR_MS) };

    expect(fail(long)).toMatchObject({ pausedBy: 'failures' });
    expect(fail({ ...long, failing_since: after(-23 * HOUR_MS) })).not.toHaveProperty('pausedBy');
    expect(fail({ ...long, failures: 1 })).not.toHaveProperty('pausedBy'); // nothing was sent in between
    expect(fail({}, { isGone: true })).toMatchObject({ pausedBy: 'gone' });
    expect(fail({ ...long, state: 'paused' }, { isGone: true })).not.toHaveProperty('pausedBy');
  });
});
