import { safeJson } from '@bridgecore/runtime';
import { clean, cleanText, guarded } from '../src/text/clean';
import { captured } from './captured-output';

const HOSTILE = [
  '\u001b[2J',
  '\u009b31m',
  '\u0007',
  '\r',
  '\u202e',
  '\u200b',
  '\u2028',
  '\u0000',
  '\u007f',
  '\u2066',
  '\ufeff',
];

describe('text of others', () => {
  it.each(HOSTILE)('is harmless for a terminal, but still to be seen: %j', (text) => {
    const shown = cleanText(`a${text}b`);

    expect(shown).toMatch(/^a\\.*b$/);
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
  });

  it('stays as it is when it is only foreign', () => {
    expect(cleanText('Žofie 漢字 مرحبا 🙂 “S00042”')).toBe('Žofie 漢字 مرحبا 🙂 “S00042”');
  });

  it('is made harmless at any depth, names too, and reads back from JSON as it was', () => {
    const value = { ['a\u001b']: [{ b: HOSTILE }], n: 1, nothing: null, yes: true };

    expect(JSON.stringify(clean(value))).not.toMatch(/[\u009b\u202e\u2028]/u);
    expect(safeJson(value, 2)).not.toMatch(/[^\n\P{Cc}]|[\u202e\u2028\u200b]/u);
    expect(JSON.parse(safeJson(value, 2))).toEqual(value);
  });

  it('does not get past the output, though nobody has cleaned it; our own colours do', () => {
    const { output, text, errors } = captured({ columns: 80, env: {} });

    output.print(`${output.paint('red', 'ours')} \u001b[2Jtheirs\u0007`);
    output.note('\u001b]0;title\u0007');

    expect(text()).toBe('\u001b[31mours\u001b[39m \\u001b[2Jtheirs\\u0007\n');
    expect(errors()).toBe('\\u001b]0;title\\u0007\n');
    expect(guarded('a\nb')).toBe('a\nb');
  });

  it.each([
    ['no terminal', {}],
    ['NO_COLOR', { columns: 80, env: { NO_COLOR: '1' } }],
    ['a dumb terminal', { columns: 80, env: { TERM: 'dumb' } }],
    ['JSON', { columns: 80, isJson: true, env: {} }],
  ])('has no colours for %s', (_what, options) => {
    const { output } = captured({ env: {}, ...options });

    expect(output.paint('red', 'text')).toBe('text');
  });
});
