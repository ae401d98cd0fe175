import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { BridgeError } from '@bridgecore/contracts';
import { createLog, Log } from '../src/index';

/** A log for people; `colours` as a terminal that has them, or as a file. */
function open(colours = false): { log: Log; text(): string } {
  const output = new PassThrough({ encoding: 'utf8' });
  if (colours) Object.assign(output, { isTTY: true, hasColors: () => true });
  const log = createLog({ service: 'worker', LOG_LEVEL: 'debug', LOG_FORMAT: 'pretty' }, output);
  return { log, text: () => String(output.read()) };
}

const ESC = '\u001b';

describe('a log line in a terminal', () => {
  it('says when, how grave, who and what, then the fields, and nothing that is the same in every line', () => {
    const { log, text } = open();

    log.info('pull.page', { system: 'odoo', note: 'two\nlines', none: undefined });

    expect(text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}worker {4}pull\.page system=odoo note="two\\nlines"\n$/);
  });

  it.each([
    ['done', 32],
    ['failed', 31],
    ['RATE_LIMITED', 33],
  ])('shows the outcome %s in its colour', (outcome, colour) => {
    const { log, text } = open(true);

    log.info('job.done', { outcome });

    expect(text()).toContain(`${ESC}[${colour}m${outcome}${ESC}[0m`);
  });

  it.each([
    [200, 32],
    [404, 33],
    [503, 31],
  ])('shows the status %s in its colour', (status, colour) => {
    const { log, text } = open(true);

    log.info('request.done', { status });

    expect(text()).toContain(`${ESC}[${colour}m${status}${ESC}[0m`);
  });

  it('lets ids stand back, and what happened stand out', () => {
    const { log, text } = open(true);

    log.info('job.done', { correlation_id: 'c-1', job_id: 7, key_id: 'push', system: 'odoo', record_id: 5 });

    const line = text();
    expect(line).toContain(`${ESC}[1mjob.done${ESC}[0m`);
    for (const id of ['correlation_id=c-1', 'job_id=7', 'key_id=push'])
      expect(line).toContain(`${ESC}[2m${id}${ESC}[0m`);
    expect(line).toContain(`${ESC}[2msystem=${ESC}[0modoo`);
    expect(line).toContain(`${ESC}[2mrecord_id=${ESC}[0m5`); // what it is about is no id of ours
  });

  it('has no colours where there is no terminal', () => {
    const { log, text } = open();

    log.error('job.failed', { outcome: 'failed', error: new Error('broken') });

    expect(text()).not.toContain(ESC);
  });

  it.each([
    ['has colours', {}, true],
    ['has none under NO_COLOR', { NO_COLOR: '1' }, false],
    ['has none when it can show none', { TERM: 'dumb' }, false],
  ])('of a process %s', (_, env, isColoured) => {
    const given = { PATH: process.env['PATH'], TERM: 'xterm-256color', ...env };

    const { stdout } = spawnSync(process.execPath, [join(__dirname, 'readable-process.js')], { env: given });

    expect(stdout.toString()).toContain('shown');
    expect(stdout.includes(ESC)).toBe(isColoured);
  });
});

describe('an error in a terminal', () => {
  it('has lines of its own: what, where, and what it was caused by', () => {
    const { log, text } = open();

    log.error('job.failed', { queue: 'ticks', error: new TypeError('outer', { cause: new Error('inner\nand more') }) });

    const [line, title, ...below] = text().split('\n');
    expect(line).toMatch(/ job\.failed queue=ticks$/);
    expect(title).toBe('    TypeError: outer');
    expect(below[0]).toMatch(/^ {6}at .*readable\.test/);
    expect(below).toContain('    caused by Error: inner');
    expect(below).toContain('      and more');
  });

  it('of ours is its code and its words', () => {
    const { log, text } = open();

    log.error('job.failed', { error: new BridgeError('ODOO_REFUSED', 'Odoo answered 403.') });

    expect(text()).toMatch(/ job\.failed\n {4}BridgeError ODOO_REFUSED: Odoo answered 403\.\n$/);
  });

  it('lets the frames of libraries stand back', () => {
    const { log, text } = open(true);
    const error = new Error('broken');
    error.stack = 'Error: broken\n    at ours (/app/src/a.ts:1:1)\n    at theirs (/app/node_modules/b.js:1:1)';

    log.error('job.failed', { error });

    expect(text()).toContain(`      at ours (/app/src/a.ts:1:1)\n      ${ESC}[2mat theirs`);
  });

  it('does nothing to the terminal, whatever somebody else has written into it', () => {
    const { log, text } = open();

    log.error('job.failed', { error: new Error(`clear ${ESC}[2J`), note: `${ESC}[2J` });

    expect(text()).not.toContain(ESC);
  });

  it('does nothing to the terminal by characters that JSON has for harmless', () => {
    const { log, text } = open();

    log.error('job.failed', { error: 'clear \u009b2J', note: { 'k\u009b': 'turned \u202e, torn \u2028' } });

    expect(text()).not.toMatch(/[\u0080-\u009f\u2028\u202e]/);
  });

  it('may be a text', () => {
    const { log, text } = open();

    log.warn('sync.done', { error: 'no reason' });

    expect(text()).toContain('\n    "no reason"\n');
  });
});
