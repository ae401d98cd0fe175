import { compileCondition, conditionProblem } from '../src/index';

const order = {
  state: 'sale',
  amount_total: 1200.5,
  partner_id: [7, 'Anna'],
  note: null,
  lines: [{ qty: 2 }, { qty: 5 }],
};

describe('a condition', () => {
  it.each([
    ['a value', { state: 'sale' }],
    ['a comparison', { amount_total: { $gte: 1000, $lt: 2000 } }],
    ['one of several values', { state: { $in: ['sale', 'done'] } }],
    ['a place in a list', { 'partner_id.0': 7 }],
    ['a member of objects in a list', { 'lines.qty': { $gt: 4 } }],
    ['no value', { note: null }],
    ['a field that is there', { amount_total: { $exists: true } }],
    ['alternatives', { $or: [{ state: 'draft' }, { amount_total: { $gt: 1000 } }] }],
    ['a negation', { state: { $not: { $in: ['draft', 'cancel'] } } }],
    ['nothing', {}],
  ])('holds by %s', (_, condition) => {
    expect(conditionProblem(condition)).toBeNull();
    expect(compileCondition(condition)(order)).toBe(true);
  });

  it.each([
    ['another value', { state: 'draft' }],
    ['a comparison with a field that is not there', { amount: { $gt: 0 } }],
    ['a comparison of a number with a text', { amount_total: { $gt: '1000' } }],
    ['one of two', { $and: [{ state: 'sale' }, { amount_total: { $lt: 1000 } }] }],
  ])('does not hold by %s', (_, condition) => {
    expect(compileCondition(condition)(order)).toBe(false);
  });

  it.each([
    ['code', { $where: 'process.exit()' }, /has \$where; there are \$eq,/],
    ['code further down', { $or: [{ state: { $not: { $where: '1' } } }] }, /has \$where/],
    ['a comparison with nothing', { amount_total: { $lt: null } }, /a number or a text behind \$lt$/],
    ['a comparison with a list', { amount_total: { $not: { $gte: [1] } } }, /a number or a text behind \$gte$/],
    ['a comparison with an object', { note: { $gt: { toString: '' } } }, /a number or a text behind \$gt$/],
    ['a regular expression, which may take for ever', { state: { $regex: '(a+)+$' } }, /has \$regex/],
    ['an operator by inheritance', { $constructor: 1 }, /has \$constructor/],
    ['a list', [], /must be an object/],
    ['an operator without its list', { state: { $in: 'sale' } }, /must have a list behind \$in/],
    ['depth', { a: { a: { a: { a: { a: { a: { a: { a: { a: { a: 1 } } } } } } } } } }, /at most 8 levels/],
    ['length', { a: 'x'.repeat(9_000) }, /at most 8192 characters/],
  ])('is refused with %s', (_, condition, problem) => {
    expect(conditionProblem(condition)).toMatch(problem);
  });
});
