import { PassThrough } from 'node:stream';
import { BridgeError } from '@bridgecore/contracts';
import { createLog, SwitchableLog } from '../src/index';
import { seldom } from '../src/seldom';

const KEY = 'an-api-key-of-at-least-32-characters';

const SOURCE = { service: 'worker', LOG_LEVEL: 'info', LOG_FORMAT: 'json' };

function open(
  LOG_FORMAT = 'json',
  LOG_LEVEL = 'info',
): { log: SwitchableLog; text(): string; line(): Record<string, unknown> } {
  const output = new PassThrough({ encoding: 'utf8' });
  const text = (): string => (output.read() as string | null) ?? '';
  const log = createLog({ service: 'worker', LOG_LEVEL, LOG_FORMAT }, output);
  return { log, text, line: () => JSON.parse(text()) as Record<string, unknown> };
}

describe('a log line', () => {
  it('does nothing to a terminal in which somebody looks at it, and reads back as it was', () => {
    const { log, text } = open();
    const note = 'clear \u001b[2J \u009b2J, turned \u202e, torn \u2028, deleted \u007f';

    log.info('job.done', { note });

    const line = text();
    expect(line.trimEnd()).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(line)).toMatchObject({ note });
  });

  it('is one JSON object that begins with time, level, writer and message', () => {
    const { log, text } = open();

    log.info('job.done', { queue: 'ticks', duration_ms: 3 });

    const line = text();
    expect(line.trimEnd()).not.toContain('\n');
    expect(Object.keys(JSON.parse(line) as object)).toEqual(
      ['timestamp', 'level', 'service', 'instance', 'version', 'message', 'queue', 'duration_ms'], // the order that people read
    );
  });

  it('keeps its name and its writer when fields are called like them', () => {
    const { log, line } = open();

    log.warn('job.failed', { message: 'other', service: 'other', level: 'other', stack: 'other' });

    expect(line()).toMatchObject({ message: 'job.failed', service: 'worker', level: 'warn', stack: 'other' });
  });

  it('names the version that it was given, and otherwise that of the packages', () => {
    const output = new PassThrough({ encoding: 'utf8' });
    const { log, line } = open();

    createLog({ ...SOURCE, BRIDGECORE_VERSION: '1.2.3+abc' }, output).info('started');
    log.info('started');

    expect(JSON.parse(String(output.read()))).toMatchObject({ version: '1.2.3+abc' });
    expect(line()['version']).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('is left out or not as the level is now', () => {
    const { log, text } = open();

    log.debug('before');
    log.level = 'debug';
    log.debug('meanwhile');
    log.level = 'error';
    log.info('after');

    expect(text()).toMatch(/^[^\n]*"meanwhile"[^\n]*\n$/);
  });

  it('is left out when its level is below the threshold', () => {
    const { log, text } = open('json', 'warn');

    log.info('job.done');

    expect(text()).toBe('');
  });

  it('is written whatever the fields are', () => {
    const { log, line } = open();
    const circle: Record<string, unknown> = { big: 10n, none: undefined, at: new Date(0), never: new Date(NaN) };
    circle['self'] = circle;

    log.info('odd', { circle });

    expect(line()).toMatchObject({ circle: { big: '10', at: '1970-01-01T00:00:00.000Z', never: 'Invalid Date' } });
  });
});

describe('an error in a log line', () => {
  it('has no stack when it has a name of ours', () => {
    const { log, line } = open();

    log.error('job.failed', { error: new BridgeError('ODOO_REFUSED', 'Odoo answered 403.') });

    expect(line()['error']).toEqual({ name: 'BridgeError', code: 'ODOO_REFUSED', message: 'Odoo answered 403.' });
  });

  it('has its stack and its cause when it is a bug', () => {
    const { log, line } = open();

    log.error('job.failed', { error: new Error('outer', { cause: new TypeError('inner') }) });

    expect(line()['error']).toMatchObject({
      message: 'outer',
      stack: expect.stringContaining('logger.test') as string,
      cause: { name: 'TypeError', message: 'inner' },
    });
  });

  it('says what failed when Node tried several addresses', () => {
    const { log, line } = open();

    log.error('redis.down', { error: new AggregateError([new Error('refused at ::1'), new Error('refused at 127')]) });

    expect(line()['error']).toMatchObject({ message: 'refused at ::1; refused at 127' });
  });

  it('gives nothing away when a client has hung its request on it', () => {
    const { log, text } = open();
    const config = { headers: { Authorization: `Bearer ${KEY}`, 'X-API-Key': KEY } };
    const refused = Object.assign(new Error('Request failed with status code 401'), {
      name: 'AxiosError',
      code: 'ERR_BAD_REQUEST',
      config,
      request: { _header: `x-api-key: ${KEY}` },
      response: { config, data: KEY },
      command: { name: 'auth', args: [KEY] },
    });

    log.error('job.failed', { error: new Error('outer', { cause: refused }), nested: { error: refused } });

    const line = text();
    expect(line).not.toContain(KEY);
    expect(line).toContain('ERR_BAD_REQUEST');
  });
});

describe('a secret in a log line', () => {
  it.each(['authorization', 'apiKey', 'x-api-key', 'password', 'access_token', 'ODOO_API_KEY', 'cookie'])(
    'is hidden when its field is called %s, at any depth',
    (name) => {
      const { log, text } = open();

      log.info('odd', { [name]: KEY, list: [{ deep: { [name]: KEY } }] });

      expect(text()).not.toContain(KEY);
    },
  );

  it('is hidden when it stands in a URL', () => {
    const { log, text } = open();

    log.warn('odd', { url: `redis://:${KEY}@host:6379/0`, error: new Error(`postgres://user:${KEY}@host failed`) });

    const line = text();
    expect(line).not.toContain(KEY);
    expect(line).toContain('redis://(hidden)@host:6379/0');
  });
});

describe('seldom', () => {
  it('tells the first at once and those that follow as a number', () => {
    const told: [string, number][] = [];
    const trouble = seldom<string>((what, times) => told.push([what, times]), 60_000);
    const always = seldom<string>((what, times) => told.push([what, times]), 0);

    for (const what of ['a', 'b', 'c']) trouble(what);
    always('d');
    always('e');

    expect(told).toEqual([
      ['a', 1],
      ['d', 1],
      ['e', 1],
    ]);
  });
});
