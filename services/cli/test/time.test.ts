import { ago, dueIn, inWords, secondsIn, took, toSecond } from '../src/text/time';

const NOW = Date.parse('2026-11-26T12:00:00Z');

describe('times', () => {
  it.each([
    ['2026-11-26T11:59:59.5Z', 'just now'],
    ['2026-11-26T11:59:18Z', '42 s ago'],
    ['2026-11-26T11:57:00Z', '3 min ago'],
    ['2026-11-26T07:00:00Z', '5 h ago'],
    ['2026-11-23T12:00:00Z', '3 d ago'],
    ['2026-01-02T03:04:05Z', '2026-01-02'],
    ['2026-11-26T12:03:00Z', 'in 3 min'],
    [null, 'never'],
    ['no time at all', 'no time at all'],
  ])('says of %s: %s', (time, said) => {
    expect(ago(time, NOW)).toBe(said);
  });

  it.each([
    ['2026-11-26T11:59:00Z', 'due'],
    ['2026-11-26T12:00:01Z', 'due'],
    ['2026-11-26T12:00:42Z', 'in 42 s'],
    [null, '–'],
  ])('says of what is to happen at %s: %s', (time, said) => {
    expect(dueIn(time, NOW)).toBe(said);
  });

  it('shows a time in UTC whatever the time zone here', () => {
    expect([toSecond('2026-11-26T12:00:00.123+02:00'), toSecond(null)]).toEqual(['2026-11-26T10:00:00Z', '–']);
  });

  it('understands how long ago something was', () => {
    expect(['15m', '2h', '3d', '30 s', '1x', 'm', '-1h'].map(secondsIn)).toEqual([
      ...[900, 7_200, 259_200, 30],
      ...[undefined, undefined, undefined],
    ]);
  });

  it('says durations in the unit that tells most', () => {
    expect([inWords(5), inWords(99), inWords(100), inWords(7_200), took(84.4), took(2_440)]).toEqual([
      ...['5 s', '99 s', '2 min', '2 h', '84 ms', '2.4 s'],
    ]);
  });
});
