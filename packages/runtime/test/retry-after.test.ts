import { retryAfterOf } from '../src/index';

describe('Retry-After', () => {
  const NOW = Date.parse('2026-11-24T12:00:00Z');

  it.each<[unknown, number | undefined]>([
    ['30', 30],
    [' 5 ', 5],
    ['86400', 3_600],
    ['0', undefined],
    ['-3', undefined],
    ['Tue, 24 Nov 2026 12:00:45 GMT', 45],
    ['Wed, 25 Nov 2026 12:00:00 GMT', 3_600],
    ['Tue, 24 Nov 2026 11:00:00 GMT', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %p is %p seconds', (header, seconds) => {
    expect(retryAfterOf(header, 3_600, NOW)).toBe(seconds);
  });
});
