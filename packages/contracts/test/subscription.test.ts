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
    ['a body that is none', { body: 'all' }, 'body'],
    ['an order that is none', { ordered: 'yes' }, 'ordered'],
    ['no rate', { rate_per_minute: 0 }, 'rate_per_minute'],
    ['a short secret', { secrets: ['whsec_c2hvcnQ='] }, 'secrets'],
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
