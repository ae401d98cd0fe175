import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cliEnvironment, removeCliEnvironment, writeCliEnvironment } from '../src/start/cli-env';
import type { Plan } from '../src/start/plan';

const MODULE = pathToFileURL(resolve(__dirname, '../../bin/lib/cli-env.mjs')).href;
/** Larger than any that a system gives. */
const NOBODY = 2 ** 30;

const PLAN = {
  ports: { gateway: 18_080, operator: 18_081, scheduler: 1, worker: 2 },
  settings: { LOG_FORMAT: 'json', OPERATOR_API_KEY: 'o=k', ODOO_URL: 'http://127.0.0.1:5' },
} as unknown as Plan;

interface Told {
  readonly env: Readonly<Record<string, string>>;
  readonly note?: string;
}

describe('what npm start leaves for the command line', () => {
  let directory: string;

  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'bridgecore-cli-env-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  /** As `npm run bridgecore` reads it, in a process of its own: it is no TypeScript. */
  function read(env: Record<string, string> = {}): Told {
    const call = `cliEnvironment(${JSON.stringify(env)}, ${JSON.stringify(join(directory, 'cli.env'))})`;
    const script = `import { cliEnvironment } from ${JSON.stringify(MODULE)}; console.log(JSON.stringify(${call}))`;
    return JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
    ) as Told;
  }

  const write = (pid: number): void =>
    writeCliEnvironment(directory, cliEnvironment(PLAN, { REDIS_URL: 'redis://r' }), pid);

  it('is for the owner alone, also when there was a file before', () => {
    writeFileSync(join(directory, 'cli.env'), '', { mode: 0o644 });

    write(process.pid);

    expect(statSync(join(directory, 'cli.env')).mode & 0o777).toBe(0o600);
  });

  it('has where the hub is and what opens it, and is used while that start runs', () => {
    write(process.pid);

    const { env, note } = read();

    expect(note).toBeUndefined();
    expect(env).toEqual({
      ...{ BRIDGECORE_URL: 'http://127.0.0.1:18081', BRIDGECORE_PUSH_URL: 'http://127.0.0.1:18080' },
      ...{ PORT: '18080', OPERATOR_PORT: '18081', REDIS_URL: 'redis://r' },
      ...{ OPERATOR_API_KEY: 'o=k', ODOO_URL: 'http://127.0.0.1:5' },
    });
  });

  it('is not used when that start has ended, and that is said', () => {
    write(NOBODY);

    expect(read({ HOME: '/home' })).toEqual({
      env: { HOME: '/home' },
      note: expect.stringMatching(/npm start that has ended, and is not used/) as string,
    });
  });

  it('leaves it to who says by the environment which hub is meant', () => {
    write(process.pid);

    expect(read({ BRIDGECORE_URL: 'http://elsewhere' }).env).toEqual({ BRIDGECORE_URL: 'http://elsewhere' });
    expect(read({ NO_COLOR: '1', OPERATOR_API_KEY: 'mine' }).env).toMatchObject({
      NO_COLOR: '1',
      OPERATOR_API_KEY: 'mine',
    });
  });

  it('is nothing when there was no start', () => {
    expect(read({ HOME: '/home' })).toEqual({ env: { HOME: '/home' } });
  });

  it('goes when the start ends', () => {
    write(process.pid);

    removeCliEnvironment(directory);

    expect(existsSync(join(directory, 'cli.env'))).toBe(false);
  });

  it('passes on what the user has set for a real Odoo, with the secrets that a file of systems names', () => {
    const SYSTEMS_FILE = join(directory, 'systems.yaml');
    writeFileSync(SYSTEMS_FILE, 'systems: [{ id: paris, url: "http://p", webhook_api_key: "${PARIS_KEY}" }]');
    const given = { SYSTEMS_FILE, PARIS_KEY: 'secret', ODOO_TIMEOUT_SECONDS: '5', HOME: '/home', OTHER_KEY: 'x' };

    const told = cliEnvironment(PLAN, given);

    expect(told).toMatchObject({ SYSTEMS_FILE, PARIS_KEY: 'secret', ODOO_TIMEOUT_SECONDS: '5' });
    expect(Object.keys(told)).not.toEqual(expect.arrayContaining(['HOME']));
    expect(told).not.toHaveProperty('OTHER_KEY');
  });
});
