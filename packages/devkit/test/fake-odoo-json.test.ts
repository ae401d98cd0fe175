import { readJson } from '../src/fake-odoo/json-read';
import { PythonFloat, writeFloat, writeJson, type Json } from '../src/fake-odoo/json-write';
import { repr, toInt } from '../src/fake-odoo/python';

describe('writeJson', () => {
  it.each<[Json, string]>([
    [{ a: [1, 'x', null, true], b: {}, c: [] }, '{"a": [1, "x", null, true], "b": {}, "c": []}'],
    ['ش☕\u007f\n"\\/', '"\\u0634\\u2615\\u007f\\n\\"\\\\/"'],
    ['😀', '"\\ud83d\\ude00"'],
    [{ amount_total: 1500, color: 0, weight: 0 }, '{"amount_total": 1500.0, "color": 0, "weight": 0.0}'],
    [{ gone: undefined, big: 99999999999999999999n }, '{"big": 99999999999999999999}'],
  ])('writes %j as Python does', (value, expected) => {
    expect(writeJson(value)).toBe(expected);
  });

  it('indents as Python does', () => {
    expect(writeJson({ a: [1, { b: [] }], c: {} }, 2)).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": []\n    }\n  ],\n  "c": {}\n}',
    );
  });

  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [353.5, '353.5'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.5e300, '1.5e+300'],
  ])('writes the float %d as %s', (value, expected) => {
    expect(writeFloat(value)).toBe(expected);
  });
});

describe('readJson', () => {
  it('tells 7 from 7.0', () => {
    expect(readJson('[7, 7.0, 7e0]')).toEqual([7, new PythonFloat(7), new PythonFloat(7)]);
  });

  it('keeps the digits of large integers', () => {
    expect(readJson('{"a": 99999999999999999999}')).toEqual({ a: 99999999999999999999n });
  });

  it('gives back what was written', () => {
    const text = '{"a": [1, 2.5, "\\u0634", null, true, {"b": {}}], "c": []}';

    expect(writeJson(readJson(text))).toBe(text);
  });

  // messages as Python 3.11 gives them
  it.each([
    ['', 'Expecting value: line 1 column 1 (char 0)'],
    ['{bad', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
    ['{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"],
    ['[1 2]', "Expecting ',' delimiter: line 1 column 4 (char 3)"],
    ['[1,\n]', 'Expecting value: line 2 column 1 (char 4)'],
    ['"abc', 'Unterminated string starting at: line 1 column 1 (char 0)'],
    ['{} x', 'Extra data: line 1 column 4 (char 3)'],
  ])('refuses %j with the words of Python', (text, message) => {
    expect(() => readJson(text)).toThrow(message);
  });
});

describe('toInt', () => {
  it.each<[Json, bigint]>([
    [' 2 ', 2n],
    ['-1_000', -1000n],
    [true, 1n],
    [new PythonFloat(1.9), 1n],
    ['99999999999999999999', 99999999999999999999n],
  ])('takes %p for %p', (value, expected) => {
    expect(toInt(value)).toBe(expected);
  });

  it.each<[Json, string]>([
    ['1.5', "invalid literal for int() with base 10: '1.5'"],
    [null, "not 'NoneType'"],
    [{}, "not 'dict'"],
  ])('refuses %p', (value, message) => {
    expect(() => toInt(value)).toThrow(message);
  });
});

describe('repr', () => {
  it.each<[Json, string]>([
    [{ a: 1, b: [null, true, 'it’s'] }, "{'a': 1, 'b': [None, True, 'it’s']}"],
    ["it's", '"it\'s"'],
    [new PythonFloat(2), '2.0'],
  ])('of %j is %s', (value, expected) => {
    expect(repr(value)).toBe(expected);
  });
});
