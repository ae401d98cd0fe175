import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { effectiveConfig, EffectiveConfig } from '../src/config/effective';
import { SERVICES } from '../src/config/services';

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'bridgecore-config-'))));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

function configOf(name: string, env: Record<string, string>): EffectiveConfig {
  const service = SERVICES.find((one) => one.name === name);
  if (service === undefined) throw new Error(`there is no ${name}`);
  return effectiveConfig(service, env);
}

const variable = ({ variables }: EffectiveConfig, name: string): object | undefined =>
  variables.find((one) => one.name === name);

const STORES = {
  REDIS_URL: 'redis://:sesame@127.0.0.1:6379/2',
  DATABASE_URL: 'postgres://me:swordfish@db/bridge?x=swordfish',
};
const ONE = {
  ...STORES,
  ODOO_URL: 'http://odoo.example.com',
  ODOO_WEBHOOK_API_KEY: 'k',
  WEBHOOK_PUSH_API_KEY: 'p'.repeat(32),
};

describe('the effective configuration', () => {
  it('is valid for all services with one environment, as compose gives it', () => {
    const problems = SERVICES.map(({ name }) => [name, configOf(name, ONE).problems, configOf(name, ONE).valid]);

    expect(problems).toEqual(['gateway', 'scheduler', 'worker', 'cli'].map((name) => [name, [], true]));
  });

  it('says of each variable its value and where that is from, and shows no secret', () => {
    const secret = file('key', 'p'.repeat(32));
    const config = configOf('gateway', {
      ...STORES,
      WEBHOOK_PUSH_API_KEY_FILE: secret,
      OPERATOR_API_KEY: 'o'.repeat(32),
    });

    expect(variable(config, 'REDIS_URL')).toMatchObject({
      value: 'redis://(hidden)@127.0.0.1:6379/2',
      source: 'environment',
    });
    expect(variable(config, 'DATABASE_URL')).toMatchObject({ value: 'postgres://(hidden)@db/bridge' });
    expect(variable(config, 'WEBHOOK_PUSH_API_KEY')).toMatchObject({ value: `(hidden, in ${secret})`, source: 'file' });
    expect(variable(config, 'OPERATOR_API_KEY')).toMatchObject({ value: '(hidden)', source: 'environment' });
    expect(variable(config, 'PORT')).toMatchObject({ value: '8080', source: 'default' });
    expect(variable(config, 'ODOO_URL')).toMatchObject({ value: null, source: null });
    expect(JSON.stringify(config)).not.toMatch(/sesame|swordfish|p{32}|o{32}/);
  });

  it('shows where an Odoo is, and not who may enter there', () => {
    const config = configOf('worker', { ...ONE, ODOO_URL: 'https://hub:swordfish@odoo.example.com/sub' });

    expect(variable(config, 'ODOO_URL')).toMatchObject({
      value: 'https://(hidden)@odoo.example.com/sub',
      secret: false,
    });
    expect(variable(configOf('worker', ONE), 'ODOO_URL')).toMatchObject({ value: 'http://odoo.example.com' });
    expect(JSON.stringify(config)).not.toContain('swordfish');
  });

  it('puts each problem where it is, also when there are many', () => {
    const config = configOf('gateway', {
      ...ONE,
      PORT: 'x',
      REDIS_URL: 'nowhere',
      WEBHOOK_PUSH_API_KEY_FILE: '/nowhere',
    });

    expect(config.valid).toBe(false);
    expect(variable(config, 'PORT')).toMatchObject({
      value: 'x',
      problem: expect.stringMatching(/^PORT is "x"/) as string,
    });
    expect(variable(config, 'REDIS_URL')).toMatchObject({
      value: '(hidden)',
      problem: expect.stringMatching(/redis:/) as string,
    });
    expect(variable(config, 'WEBHOOK_PUSH_API_KEY')).toMatchObject({
      problem: expect.stringContaining('both set') as string,
    });
    expect(config.problems).toEqual([]);
  });

  it('finds what is wrong in the files that variables name', () => {
    const SYSTEMS_FILE = file(
      'systems.yaml',
      'systems: [{ id: paris, url: "http://paris", webhook_api_key: "${PARIS_KEY}" }]',
    );
    const API_KEYS_FILE = file('keys.json', '{"keys": [{"id": "x", "sha256": "short", "scopes": ["ingest"]}]}');
    const env = { ...STORES, SYSTEMS_FILE, API_KEYS_FILE };

    const [gateway, worker] = [configOf('gateway', env), configOf('worker', env)];

    expect(variable(gateway, 'API_KEYS_FILE')).toMatchObject({
      problem: expect.stringMatching(/keys\.0: sha256 must be the SHA-256/) as string,
    });
    expect(variable(worker, 'PARIS_KEY')).toMatchObject({
      ...{ value: null, secret: true, problem: 'PARIS_KEY must be set (for the system "paris")' },
    });
    expect([configOf('scheduler', env).valid, configOf('cli', env).valid]).toEqual([true, true]);
  });

  it.each(['gateway', 'worker'])('finds what is wrong in what the %s is told of notifications', (service) => {
    const SECRET_KEYS_FILE = file(
      'secret-keys.json',
      '{"keys": [{"kid": "a", "kty": "oct", "alg": "A128GCM", "k": "x"}]}',
    );

    const [keys, networks] = [{ SECRET_KEYS_FILE }, { NOTIFY_ALLOWED_NETWORKS: '10.1' }].map((wrong) =>
      configOf(service, { ...ONE, ...wrong }),
    );

    expect([keys?.valid, networks?.valid]).toEqual([false, false]);
    expect(JSON.stringify(keys)).toMatch(/SECRET_KEYS_FILE [^"]*keys\.0 must have \\"alg\\"/);
    expect(JSON.stringify(networks)).toContain('NOTIFY_ALLOWED_NETWORKS has \\"10.1\\"');
  });

  it('asks the command line for nothing that only some commands need', () => {
    expect(configOf('cli', {})).toMatchObject({ valid: true, problems: [] });
    expect(configOf('cli', { REDIS_URL: 'nowhere' }).valid).toBe(false);
  });
});
