import { BridgeError, compileFilter, FilteredEvent, parseSubscription } from '../src/index';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const given = (more: object = {}) => ({ name: 'shop', url: 'https://shop.example.com/hooks?x=1', ...more });

describe('a subscription', () => {
  it('has everything that was not said', () => {
    const spec = parseSubscription(given());

    expect(spec).toMatchObject({ body: 'recorded', ordered: false, rate_per_minute: null });
    expect(JSON.stringify(spec.filter)).toBe('{}');
  });

  it('keeps what was said, a condition as it is', () => {
    const filter = { systems: ['paris'], models: ['sale.order'], operations: ['write'], priorities: ['high'] };
    const condition = { $or: [{ state: 'sale' }, { 'partner_id.0': { $in: [1, 2] } }] };
    const said = given({
      filter: { ...filter, condition },
      body: 'changed',
      ordered: true,
      rate_per_minute: 60,
      secrets: [SECRET],
    });

    expect(parseSubscription(said)).toEqual(expect.objectContaining(said));
  });

  it.each([
    ['a name that is none', { name: 'My shop' }, 'name'],
    ['no URL', { url: 'shop' }, 'url'],
    ['another protocol', { url: 'file:///etc/passwd' }, 'url'],
    ['a user in the URL', { url: 'https://a:b@shop.example.com' }, 'url'],
    ['a misspelt field', { filtre: {} }, 'filtre'],
    ['a misspelt filter', { filter: { model: ['sale.order'] } }, 'filter.model'],
    ['a filter that is a list', { filter: [] }, 'filter'],
    ['no models', { filter: { models: [] } }, 'filter.models'],
    ['an operation that is none', { filter: { operations: ['update'] } }, 'filter.operations'],
    ['a priority that is none', { filter: { priorities: ['urgent'] } }, 'filter.priorities'],
    ['a condition that is none', { filter: { condition: { $where: '1' } } }, 'filter.condition'],
    ['a condition that is null', { filter: { condition: null } }, 'filter.condition'],
    ['a condition with NUL', { filter: { condition: { name: { $in: ['a\0'] } } } }, 'filter.condition'],
    ['a condition with half a character', { filter: { condition: { '\ud800': 1 } } }, 'filter.condition'],
    ['systems that are null', { filter: { systems: null } }, 'filter.systems'],
    ['a system with a constructor', { filter: { systems: [{ constructor: 1 }] } }, 'filter.systems'],
    ['a URL with a constructor', { url: { constructor: 1 } }, 'url'],
    ['a URL with NUL', { url: 'https://shop.example.com/\0' }, 'url'],
    ['a body that is none', { body: 'all' }, 'body'],
    ['an order that is none', { ordered: 'yes' }, 'ordered'],
    ['no rate', { rate_per_minute: 0 }, 'rate_per_minute'],
    ['a short secret', { secrets: ['whsec_c2hvcnQ='] }, 'secrets'],
    ['a secret that base64 cannot be', { secrets: [`whsec_c2hvcnQ=${'A'.repeat(33)}`] }, 'secrets'],
    ['a secret that is an object', { secrets: [{ constructor: 1 }] }, 'secrets'],
    ['too many secrets', { secrets: Array(6).fill(SECRET) }, 'secrets'],
  ])('is refused with %s, which is named', (_, more, field) => {
    const refused = ((): unknown => {
      try {
        return parseSubscription(given(more));
      } catch (error) {
        return error;
      }
    })();

    expect(refused).toBeInstanceOf(BridgeError);
    expect((refused as BridgeError).errors.map((error) => error.field)).toEqual([field]);
    expect((refused as BridgeError).message).not.toContain('c2hvcnQ=');
  });

  it('may ask for a field that is merely called constructor', () => {
    const condition = { constructor: { prototype: 'ACME' } };

    expect(parseSubscription(given({ filter: { condition } })).filter).toEqual({ condition });
  });

  it.each([24, 25, 26, 32, 63, 64])('takes a secret of %i bytes, with padding or without', (bytes) => {
    const padded = `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
    const secrets = [padded, padded.replace(/=+$/, '')];

    expect(parseSubscription(given({ secrets })).secrets).toEqual(secrets);
  });

  it.each([16, 23, 65])('takes no secret of %i bytes', (bytes) => {
    const secrets = [`whsec_${Buffer.alloc(bytes, 7).toString('base64')}`];

    expect(() => parseSubscription(given({ secrets }))).toThrow('24 to 64 bytes');
  });

  it.each([null, [], 'shop', 7])('is refused as %p', (input) => {
    expect(() => parseSubscription(input)).toThrow('Expected a JSON object');
  });
});

describe('a filter', () => {
  const event: FilteredEvent = {
    ...{ system: 'paris', model: 'sale.order', operation: 'write', priority: 'high', is_test: false },
    data: { state: 'sale' },
  };

  it.each([
    ['without anything', {}, true],
    ['by its system', { systems: ['paris', 'lyon'] }, true],
    ['of another system', { systems: ['lyon'] }, false],
    ['of another model', { models: ['res.partner'] }, false],
    ['of another operation', { operations: ['create'] }, false],
    ['of another priority', { priorities: ['low', 'medium'] }, false],
    ['by its data', { condition: { state: 'sale' } }, true],
    ['of other data', { models: ['sale.order'], condition: { state: 'draft' } }, false],
  ] as const)('wants, or not, an event %s', (_, filter, expected) => {
    expect(compileFilter(filter)(event)).toBe(expected);
  });

  it('wants tests only when it is told so', () => {
    expect(compileFilter({})({ ...event, is_test: true })).toBe(false);
    expect(compileFilter({ tests: true })({ ...event, is_test: true })).toBe(true);
  });
});
