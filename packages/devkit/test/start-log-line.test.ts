import { showLogLine } from '../src/start/log-line';
import { type Paint, paintFor } from '../src/start/terminal';

const plain: Paint = (_, text) => text;
const show = (entry: object): string | null => showLogLine(JSON.stringify(entry), 'worker', plain);

const recorded = {
  level: 'debug',
  message: 'event.recorded',
  timestamp: '2026-11-23T10:20:30.456Z',
  origin: 'push',
  system: 'odoo',
  model: 'sale.order',
  record_id: 42,
  operation: 'write',
  priority: 'high',
  push_id: '17',
  pull_id: null,
  event_id: '5',
  correlation_id: 'c7a63be1-0000',
};

describe('showLogLine', () => {
  it('shows an event in columns', () => {
    const words = show(recorded)?.split(/\s{2,}/);

    expect(words?.slice(1)).toEqual([
      'push',
      'new',
      'odoo',
      'sale.order 42',
      'write',
      'high',
      'push 17 event 5',
      'c7a63be1',
    ]);
  });

  it.each([
    ['event.joined', 'joined'],
    ['event.repeat', 'repeated'],
  ])('calls %s "%s", in the same columns', (message, word) => {
    const line = show({ ...recorded, message });

    expect(line).toContain(`  ${word}`);
    expect(line?.indexOf('sale.order')).toBe(show(recorded)?.indexOf('sale.order'));
  });

  it('shows a warning with its fields and the reason, and nothing of the stack', () => {
    const line = show({
      level: 'warn',
      message: 'pull.failed',
      system: 'odoo',
      error: { message: 'Odoo is away', stack: 'at x' },
    });

    expect(line).toMatch(/worker +warn +pull\.failed system=odoo Odoo is away$/);
  });

  it('shows what is not a log line as it is: a crash must be seen', () => {
    expect(showLogLine('Error: Cannot find module', 'worker', plain)).toMatch(/worker +Error: Cannot find module$/);
  });

  it('leaves out what is neither an event nor trouble', () => {
    expect([show({ level: 'info', message: 'worker.started' }), showLogLine('', 'worker', plain)]).toEqual([
      null,
      null,
    ]);
  });
});

describe('paintFor', () => {
  it.each([
    ['a terminal', { isTTY: true }, {}, '\u001b[31mx\u001b[0m'],
    ['a file', {}, {}, 'x'],
    ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, 'x'],
    ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, 'x'],
  ])('decides for %s', (_, stream, env, expected) => {
    expect(paintFor(stream, env)('red', 'x')).toBe(expected);
  });
});
