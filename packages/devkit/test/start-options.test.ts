import { HELP, readOptions } from '../src/start/options';

describe('readOptions', () => {
  it('simulates one Odoo at a moderate pace unless told otherwise', () => {
    expect(readOptions([])).toEqual({ perMinute: 30, odoos: 1 });
  });

  it('takes a second Odoo', () => {
    expect(readOptions(['--odoos', '2', '--per-minute', '60'])).toEqual({ perMinute: 60, odoos: 2 });
  });

  it.each(['0', '3', 'two', '', '2.0'])('refuses --odoos "%s" and shows how to call it', (odoos) => {
    expect(() => readOptions(['--odoos', odoos])).toThrow(`--odoos takes 1 or 2, not "${odoos}".\n\n${HELP.trimEnd()}`);
  });

  it.each([[['--per-minute', 'many']], [['--bogus']], [['word']]])('refuses %j', (args) => {
    expect(() => readOptions(args)).toThrow(/\n\nUsage: npm start/);
  });

  it('asks for the help', () => {
    expect(readOptions(['--help'])).toBeUndefined();
  });
});
