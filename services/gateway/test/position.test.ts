import { assert, bigInt, property, string, stringMatching } from 'fast-check';
import { decodePosition, encodePosition } from '../src/feed/position';

const MAX = 2n ** 63n - 1n;
const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 500);

const system = stringMatching(/^[a-z][a-z0-9_-]{0,62}$/);
const epoch = stringMatching(/^[0-9a-f]{12}$/);
const number = bigInt({ min: 0n, max: MAX });
const position = { system: 'odoo', epoch: '0123456789ab', id: 17n, at: 1_795_000_000_000_000n };
const inText = (text: string): string => Buffer.from(text, 'latin1').toString('base64url');

describe('a position as a text', () => {
  it('is read as it was written, and needs no escaping in a URL', () => {
    assert(
      property(system, epoch, number, number, (system, epoch, id, at) => {
        const text = encodePosition({ system, epoch, id, at });

        expect(text).toMatch(/^[A-Za-z0-9_-]{1,200}$/);
        expect(decodePosition(text)).toEqual({ system, epoch, id, at });
      }),
      { numRuns },
    );
  });

  it('has one spelling: whatever is read is written the same', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 300 }), (text) => {
        for (const candidate of [text, inText(text), `${encodePosition(position)}${text}`]) {
          const read = decodePosition(candidate);
          if (read !== undefined) expect(encodePosition(read)).toBe(candidate);
        }
      }),
      { numRuns },
    );
  });

  it.each([
    ...['', 'now', '17', 'AAAA', `${encodePosition(position)}=`, ` ${encodePosition(position)}`, 'x'.repeat(100_000)],
    ...['2.0123456789ab.17.0.odoo', '1.0123456789ab.017.0.odoo', '1.0123456789ab.-1.0.odoo', '1.0.17.0.odoo'].map(
      inText,
    ),
    ...['1.0123456789ab.9223372036854775808.0.odoo', '1.0123456789ab.1.0.Odoo', '1.0123456789ab.1.0.odoo\n'].map(
      inText,
    ),
  ])('is none when it is %j', (text) => {
    expect(decodePosition(text)).toBeUndefined();
  });
});
