import { createHash } from 'node:crypto';
import { ApiKey, findKey, hasExpired, plainKey } from '../src/keys';

describe('findKey', () => {
  const keys = [plainKey('old', 'the-old-key', ['ingest'], 'odoo'), plainKey('new', 'the-new-key', ['ingest'], 'odoo')];

  it('finds each of several keys while they rotate', () => {
    const found = ['the-old-key', 'the-new-key'].map((key) => findKey(keys, key)?.id);

    expect(found).toEqual(['old', 'new']);
  });

  it.each(['', 'the-old-ke', 'the-old-key ', 'THE-OLD-KEY', 'the-old-key\0'])('finds nothing for %j', (presented) => {
    const found = findKey(keys, presented);

    expect(found).toBeUndefined();
  });

  it('does not take the hash of a key for the key', () => {
    const found = findKey(keys, keys[0]?.sha256 ?? '');

    expect(found).toBeUndefined();
  });
});

describe('plainKey', () => {
  it('keeps only the hash', () => {
    const key = plainKey('push', 'a-secret', ['ingest'], 'odoo');

    expect(JSON.stringify(key)).not.toContain('a-secret');
    expect(key.sha256).toBe(createHash('sha256').update('a-secret').digest('hex'));
  });
});

describe('hasExpired', () => {
  const key: ApiKey = { ...plainKey('push', 'a-secret', ['ingest']), expires_at: new Date('2026-11-23T00:00:00Z') };

  it.each([
    ['2026-11-22T23:59:59.999Z', false],
    ['2026-11-23T00:00:00.000Z', true],
    ['2027-01-01T00:00:00.000Z', true],
  ])('at %s is %s', (now, expected) => {
    const expired = hasExpired(key, Date.parse(now));

    expect(expired).toBe(expected);
  });

  it('is false without an expiry', () => {
    const expired = hasExpired(plainKey('push', 'a-secret', ['ingest']));

    expect(expired).toBe(false);
  });
});
