import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readArgs } from '../../src/fake-odoo/args';
import { type ComposeService, environmentOf, FILLED_IN, readCompose } from './compose-file';
import { readEnv, readText, readYaml, ROOT, SERVICES } from './repository';
import { configOf, settingsOf, VARIABLES } from './settings';

const COMPOSE = readCompose();
const DEMO = readEnv('deploy/demo.env');
const services = Object.entries(COMPOSE.services);
const always = services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);

/** Of the compose specification, what a service and what builds and checks it may have. */
const KNOWN = {
  service: [
    ...['build', 'cap_drop', 'command', 'depends_on', 'entrypoint', 'env_file', 'environment', 'healthcheck', 'image'],
    ...['ports', 'profiles', 'read_only', 'restart', 'security_opt', 'shm_size', 'stop_grace_period', 'tmpfs', 'user'],
    'volumes',
  ],
  build: ['context', 'dockerfile', 'args'],
  healthcheck: ['test', 'interval', 'timeout', 'retries', 'start_period', 'disable'],
};

const where = (test: (service: ComposeService) => boolean): string[] =>
  services.filter(([, service]) => test(service)).map(([name]) => name);
const isOurs = ({ build }: ComposeService): boolean => build !== undefined;
const serviceOf = (name: string): ComposeService => {
  const found = COMPOSE.services[name];
  if (found === undefined) throw new Error(`compose has no ${name}`);
  return found;
};

describe('docker-compose.yml', () => {
  it('has nothing that compose does not know', () => {
    const strange = services.flatMap(([name, service]) => [
      ...Object.keys(service).filter((key) => !KNOWN.service.includes(key)),
      ...Object.keys(service.build ?? {}).filter((key) => !KNOWN.build.includes(key)),
      ...Object.keys(service.healthcheck ?? {})
        .filter((key) => !KNOWN.healthcheck.includes(key))
        .map((key) => `${name}.${key}`),
    ]);

    expect(strange).toEqual([]);
  });

  it('says every command in words: a colon that YAML takes for its own would make something else of one', () => {
    const words = services.flatMap(([name, { command = [], entrypoint = [], healthcheck, environment = {} }]) =>
      [...command, ...entrypoint, ...(healthcheck?.test ?? []), ...Object.values(environment)].map((word) => ({
        name,
        word,
      })),
    );

    expect(words.length).toBeGreaterThan(50);
    expect(words.filter(({ word }) => typeof word !== 'string')).toEqual([]);
  });

  it('runs the hub by itself, and the rest by profile', () => {
    const profiles = services.map(([name, service]) => [name, ...(service.profiles ?? [])]);

    expect(always).toEqual(['redis', 'postgres', 'migrate', 'gateway', 'scheduler', 'worker']);
    expect(profiles.filter(([, ...given]) => given.length > 0)).toEqual([
      ['cli', 'tools'],
      ['simulator', 'demo'],
      ['prometheus', 'observability'],
      ['grafana', 'observability'],
    ]);
  });

  it('waits for what exists, is started, and says what it is waited for', () => {
    const waits = services.flatMap(([name, { depends_on = {}, profiles = [] }]) =>
      Object.entries(depends_on).map(([on, { condition }]) => ({
        name,
        on: serviceOf(on),
        onName: on,
        condition,
        profiles,
      })),
    );
    const wrong = waits.filter(({ on, condition, profiles }) => {
      const isStarted = (on.profiles ?? profiles).some((profile) => profiles.includes(profile));
      const says = condition === 'service_healthy' ? on.healthcheck?.test !== undefined : on.restart === 'no';
      return !says || (on.profiles !== undefined && !isStarted);
    });

    expect(waits.length).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
    expect(serviceOf('worker').depends_on).toEqual({
      redis: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
  });

  it('mounts what there is, and keeps every volume that it declares', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    const files = mounts.filter((source) => source.startsWith('.'));
    const named = mounts.filter((source) => !source.startsWith('.'));

    expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(named.sort()).toEqual(Object.keys(COMPOSE.volumes).sort());
  });

  it('is confined: nothing runs with privileges or writes to its own image', () => {
    const loose = where(({ read_only, cap_drop, security_opt }) => {
      return read_only !== true || cap_drop?.join() !== 'ALL' || security_opt?.join() !== 'no-new-privileges:true';
    });

    expect(loose).toEqual([]);
    expect(where((service) => isOurs(service) && service.tmpfs?.join() !== '/tmp')).toEqual([]);
  });

  it('lets workers be scaled: no port of the host and no name of a container is theirs', () => {
    expect(Object.keys(serviceOf('worker'))).not.toEqual(expect.arrayContaining(['ports']));
    expect(readText('docker-compose.yml')).not.toContain('container_name');
  });

  it('publishes only the port for pushes beyond this machine, and in the demo not even that', () => {
    const open = services.flatMap(([, { ports = [] }]) => ports).filter((port) => !port.startsWith('127.0.0.1:'));
    const inDemo = Object.values(readCompose(DEMO).services).flatMap(({ ports = [] }) => ports);

    expect(open).toEqual(['8080:8080']);
    expect(inDemo.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('gives every process more time to end than it takes', () => {
    const names = ['SHUTDOWN_DELAY_SECONDS', 'SHUTDOWN_TIMEOUT_SECONDS'];
    const needed = names.map((name) => Number(VARIABLES.get(name)?.default ?? 0)).reduce((sum, each) => sum + each);
    const short = where(
      (service) => service.env_file !== undefined && parseInt(service.stop_grace_period ?? '0') <= needed,
    );

    expect(needed).toBeGreaterThan(0);
    expect(short).toEqual([]);
  });

  it('cannot be started without a password for the database', () => {
    expect(() => readCompose({})).toThrow('POSTGRES_PASSWORD: set it in .env');
  });

  it('keeps what Redis was told, and never makes room by forgetting', () => {
    const lines = readText('deploy/redis.conf').split('\n');

    expect(lines).toEqual(expect.arrayContaining(['appendonly yes', 'maxmemory-policy noeviction']));
    expect(serviceOf('redis').command).toEqual(['redis-server', '/etc/redis/redis.conf']);
    expect(serviceOf('redis').volumes).toContain('./deploy/redis.conf:/etc/redis/redis.conf:ro');
  });

  it('builds each of its images from a folder that is there, and pins the others', () => {
    const built = services
      .filter(([, service]) => isOurs(service))
      .map(([, { image, build }]) => [image, build?.args['SERVICE']]);
    const folders = [...SERVICES.map((name) => `services/${name}`), 'services/cli', 'packages/devkit'];
    const pulled = services.filter(([, service]) => !isOurs(service)).map(([, { image }]) => image);

    expect(built.filter(([image, folder]) => image !== `bridgecore-${folder ?? ''}:latest`)).toEqual([]);
    expect(built.filter(([, folder = '']) => !folders.some((path) => path.endsWith(`/${folder}`)))).toEqual([]);
    expect(pulled.filter((image) => !/:v?\d+\.\d+|:\d+-/.test(image))).toEqual([]);
  });
});

describe.each([
  ['deploy/env.example, filled in', FILLED_IN],
  ['deploy/demo.env', DEMO],
])('with %s', (_, env) => {
  const compose = readCompose(env);
  const configured = SERVICES.filter((name) => settingsOf(name) !== undefined && compose.services[name] !== undefined);

  it.each(configured)('%s takes the environment that it is given', (name) => {
    const service = compose.services[name];

    const config = service === undefined ? {} : configOf(name, environmentOf(service, env));

    expect(config).toMatchObject({ REDIS_URL: 'redis://redis:6379', ODOO_URL: env.ODOO_URL });
  });
});

describe('the demo', () => {
  const simulator = readCompose(DEMO).services['simulator'];
  const args = readArgs(simulator?.command ?? [], simulator?.environment ?? {});

  it('pulls from the port on which the simulator listens, with its key', () => {
    expect(DEMO['ODOO_URL']).toBe(`http://simulator:${args?.port ?? ''}`);
    expect(args).toMatchObject({ host: '0.0.0.0', apiKey: DEMO['ODOO_WEBHOOK_API_KEY'] });
  });

  it('has the simulator push to the gateway, with a key that it takes', () => {
    const { pushUrl = '', pushKey } = args ?? {};

    expect(new URL(pushUrl).host).toBe(`gateway:${serviceOf('gateway').environment?.['PORT'] ?? ''}`);
    expect(pushKey).toBe(DEMO['WEBHOOK_PUSH_API_KEY']);
  });

  it('starts a program that the image has', () => {
    const program = simulator?.entrypoint?.at(-1) ?? '';

    expect(existsSync(join(ROOT, 'packages/devkit', program))).toBe(true);
  });

  it('begins with its own file and its profiles, as it says', () => {
    const command = /docker compose (.*)$/m.exec(readText('deploy/demo.env'))?.[1];

    expect(command).toContain('--env-file deploy/demo.env --profile demo');
    expect(DEMO['ENV_FILE']).toBe('deploy/demo.env');
  });
});

interface Scraping {
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
  }[];
}

describe('Prometheus in compose', () => {
  it('scrapes every replica of each service, on the port where it has its metrics', () => {
    const [scraping] = readYaml<Scraping>('deploy/prometheus/prometheus.yml');
    const scraped = scraping?.scrape_configs.flatMap(({ job_name, dns_sd_configs = [] }) =>
      dns_sd_configs.flatMap(({ names, port }) => names.map((name) => ({ job_name, name, port }))),
    );

    expect(scraped).toEqual(
      ['gateway', 'scheduler', 'worker'].map((name) => {
        const { OPERATOR_PORT, HEALTH_PORT } = serviceOf(name).environment ?? {};
        return { job_name: `bridgecore-${name}`, name, port: Number(OPERATOR_PORT ?? HEALTH_PORT) };
      }),
    );
  });

  it('is what Grafana asks, by the id that the dashboard names', () => {
    const [found] = readYaml<{ datasources: { uid: string; url: string }[] }>(
      'deploy/grafana/provisioning/datasources/prometheus.yml',
    );

    expect(found?.datasources).toEqual([expect.objectContaining({ uid: 'prometheus', url: 'http://prometheus:9090' })]);
    expect(COMPOSE.services['prometheus']).toBeDefined();
  });
});
