import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, expandEnvironment, HealthConfig, loadConfig, ProcessConfig, RedisConfig } from '../src/index';

const SHAPES = [ProcessConfig, RedisConfig, HealthConfig] as const;
const VALID = { REDIS_URL: 'redis://:s3cret@127.0.0.1:6379' };

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bridgecore-config-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('loadConfig', () => {
  it('fills in the defaults when only what must be set is set', () => {
    const config = loadConfig(SHAPES, VALID);

    expect(config).toMatchObject({ ...VALID, LOG_LEVEL: 'info', HEALTH_PORT: 8082, SHUTDOWN_TIMEOUT_SECONDS: 25 });
    expect(config.SHUTDOWN_DELAY_SECONDS).toBe(0);
  });

  it('names every bad variable at once with what was given and what is allowed', () => {
    const env = { LOG_LEVEL: 'loud', HEALTH_PORT: 'abc', SHUTDOWN_TIMEOUT_SECONDS: '1.5' };

    expect(problemsOf(env)).toEqual([
      'LOG_LEVEL is "loud": must be one of the following values: error, warn, info, debug',
      'SHUTDOWN_TIMEOUT_SECONDS is "1.5": must be an integer number',
      'REDIS_URL is not set: must be a URL as in redis://127.0.0.1:6379',
      'HEALTH_PORT is "abc": must be an integer number, must not be less than 0, must not be greater than 65535',
    ]);
  });

  it('never shows a secret that is wrong', () => {
    expect(problemsOf({ REDIS_URL: 'http://:s3cret@host' }).join()).toMatch(/^REDIS_URL is \(hidden\): must be/);
  });

  it('takes an empty value for unset', () => {
    expect(loadConfig(SHAPES, { ...VALID, HEALTH_PORT: '', LOG_LEVEL: '' })).toMatchObject({ HEALTH_PORT: 8082 });
    expect(problemsOf({ REDIS_URL: '' })).toEqual([expect.stringMatching(/^REDIS_URL is not set/)]);
  });

  it('accepts a host as compose names it', () => {
    expect(loadConfig(SHAPES, { REDIS_URL: 'redis://my_redis:6379' }).REDIS_URL).toBe('redis://my_redis:6379');
  });

  it.each(['08082x', 'true', 'NaN', '1e9'])('refuses the port %s', (HEALTH_PORT) => {
    expect(problemsOf({ ...VALID, HEALTH_PORT })).toHaveLength(1);
  });

  it('leaves out what no shape declares', () => {
    expect(loadConfig(SHAPES, { ...VALID, HOME: '/root' })).not.toHaveProperty('HOME');
  });
});

describe('a secret', () => {
  it('comes from its file without the line feed at the end', () => {
    const REDIS_URL_FILE = file('url', 'redis://127.0.0.1:6379\n');

    expect(loadConfig(SHAPES, { REDIS_URL_FILE }).REDIS_URL).toBe('redis://127.0.0.1:6379');
  });

  it('is one problem among the others when its file cannot be read', () => {
    const problems = problemsOf({ REDIS_URL_FILE: join(directory, 'none'), LOG_LEVEL: 'loud' });

    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^REDIS_URL_FILE names .*none, which cannot be read: ENOENT/);
  });

  it('is refused when its file is empty', () => {
    expect(problemsOf({ REDIS_URL_FILE: file('empty', '\n') })).toEqual([expect.stringMatching(/, which is empty$/)]);
  });

  it('is refused when it is given twice', () => {
    const env = { ...VALID, REDIS_URL_FILE: file('twice', VALID.REDIS_URL) };

    expect(problemsOf(env)).toEqual(['REDIS_URL and REDIS_URL_FILE are both set: only one may be']);
  });
});

describe('expandEnvironment', () => {
  it('replaces what is set, from the variable or from its file', () => {
    const env = { ONE: 'first', TWO: '', TWO_FILE: file('two', 'second\n') };

    expect(expandEnvironment('${ONE}-${TWO}', env)).toBe('first-second');
  });

  it('names everything that is missing at once', () => {
    expect(problemsIn(() => expandEnvironment('${ONE} ${TWO}', { ONE: '' }))).toEqual([
      'ONE must be set',
      'TWO must be set',
    ]);
  });
});

function problemsOf(env: Record<string, string>): readonly string[] {
  return problemsIn(() => loadConfig(SHAPES, env));
}

function problemsIn(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
