import { domainProblem } from '../src/odoo-domain';

describe('the shape of a domain', () => {
  it.each<[string, unknown]>([
    ['nothing', []],
    ['one condition', [['city', '=', 'Lyon']]],
    [
      'two side by side',
      [
        ['city', '=', 'Lyon'],
        ['active', '=', false],
      ],
    ],
    ['an or', ['|', ['city', '=', 'Lyon'], ['city', '=', 'Paris']]],
    ['operators within operators', ['&', '|', ['a', '=', 1], ['b', '=', 2], '!', ['c', 'in', [1, 2, 'x']]]],
    ['an or beside a condition', ['|', ['a', '=', 1], ['b', '=', 2], ['c', '=', 3]]],
    ['a path through relations', [['parent_id.country_id.code', '=', 'FR']]],
    ['conditions on related records', [['child_ids', 'any', [['email', '!=', false]]]]],
    ['no value', [['email', '!=', null]]],
  ])('is right with %s', (_, domain) => {
    expect(domainProblem(domain)).toBeNull();
  });

  it.each<[string, unknown, RegExp]>([
    ['an object', { city: 'Lyon' }, /must be a list/],
    ['a condition that stands alone', ['city', '=', 'Lyon'], /\[0\] must be \[field, operator, value\]/],
    ['a condition of two parts', [['city', '=']], /\[0\]/],
    ['a field that is none', [['city; drop', '=', 1]], /begin with the name of a field/],
    ['a number for a field', [[1, '=', 1]], /begin with the name of a field/],
    ['an operator that there is not', [['city', '~', 'x']], /does not know: "~"/],
    ['a value that is an object', [['city', '=', {}]], /a value or a list of values/],
    ['a list of lists for a value', [['id', 'in', [[1]]]], /a value or a list of values/],
    ['an or of one', ['|', ['a', '=', 1]], /ends before/],
    ['an and of nothing', ['&'], /ends before/],
    ['a mistake within any', [['child_ids', 'any', [['a']]]], /\[0\] \[0\]/],
    ['any without end', deep(20), /nested deeper than 5/],
    ['too much', Array.from({ length: 501 }, () => ['a', '=', 1]), /at most 500/],
  ])('is wrong with %s', (_, domain, problem) => {
    expect(domainProblem(domain)).toMatch(problem);
  });
});

function deep(levels: number): unknown[] {
  return [['child_ids', 'any', levels === 0 ? [] : deep(levels - 1)]];
}
