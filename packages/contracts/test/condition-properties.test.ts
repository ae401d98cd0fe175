import * as fc from 'fast-check';
import { compileCondition, conditionProblem, JsonRecord } from '../src/index';

const FIELDS = ['a', 'b', 'a.b', 'toString', 'length', '0', 'constructor', ''];
const COMPARING = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin', '$all', '$size', '$exists', '$not'];
const field = fc.constantFrom(...FIELDS);
const scalar = fc.constantFrom(null, true, false, 0, 1, -1.5, '', 'a', '1');

const nested = { maxDepth: 3, depthIdentifier: fc.createDepthIdentifier() };
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    nested,
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(field, tie('value'), { maxKeys: 3 }),
  ),
})).value;

const asked = { maxDepth: 3, depthIdentifier: fc.createDepthIdentifier() };
const operator = fc.constantFrom(...COMPARING, '$elemMatch');
const condition = fc.letrec<{ condition: JsonRecord; test: unknown }>((tie) => ({
  test: fc.oneof(asked, json, fc.dictionary(operator, tie('test'), { maxKeys: 2 }), fc.array(json, { maxLength: 3 })),
  condition: fc.oneof(
    asked,
    fc.dictionary(field, tie('test'), { maxKeys: 3 }),
    fc.dictionary(fc.constantFrom('$and', '$or', '$nor'), fc.array(tie('condition'), { maxLength: 2 }), { maxKeys: 2 }),
  ),
})).condition;

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2_000);

describe('a condition that was taken', () => {
  it('does not throw, whatever data it is asked of: the event would reach nobody', () => {
    let taken = 0;
    fc.assert(
      fc.property(condition, fc.dictionary(field, json, { maxKeys: 4 }), (given, data) => {
        if (conditionProblem(given) !== null) return;
        taken += 1;
        compileCondition(given)(data);
      }),
      { numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(RUNS / 10);
  });
});
