import { DEFAULT_REDACTED_FIELDS, falseToNull, redact, redaction } from '../src/redact';
import { normalisePulledRow } from '../src/normalise';
import { arrival } from './arrival';
import { capture } from './captures';

describe('redaction', () => {
  it('leaves out named fields at every depth, with * for any text', () => {
    const isRedacted = redaction(['pin', 'private_*', '*_secret']);

    const left = redact({ pin: 1, a: [{ private_zip: 2, b: { client_secret: 3, pins: 4 } }], 'x.pin': 5 }, isRedacted);

    expect(left).toEqual({ a: [{ b: { pins: 4 } }], 'x.pin': 5 });
  });

  it('takes the text of a name literally', () => {
    const isRedacted = redaction(['a.c', 'x(']);

    expect(['a.c', 'abc', 'x('].map(isRedacted)).toEqual([true, false, true]);
  });

  it('removes by default what identifies an employee in private and what opens a portal', () => {
    const { event } = capture('pull-event-hr.employee-private-fields.json');

    const text = JSON.stringify(normalisePulledRow(event, arrival()));

    expect(text).toContain('nadia@example.test');
    for (const secret of ['000-00-0000', '"1234"', '555-0111', '2 Sample St']) expect(text).not.toContain(secret);
    expect(redaction(DEFAULT_REDACTED_FIELDS)('access_token')).toBe(true);
  });
});

describe('falseToNull', () => {
  it('writes null for false at every depth and leaves 0, "" and [] alone', () => {
    expect(falseToNull({ a: false, b: [false, 0, ''], c: { id: false, name: '' }, d: [] })).toEqual({
      ...{ a: null, b: [null, 0, ''], c: { id: null, name: '' }, d: [] },
    });
  });
});
