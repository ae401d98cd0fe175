import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { readDockerfile, wordsOf } from './dockerfile';
import { contextFiles, ImageBuild } from './image-build';
import { type ImageProcess, ImageRunner } from './image-process';
import { render } from './kustomize';
import { containersOf, ofKind } from './manifests';
import { readText, ROOT, SERVICES } from './repository';

const SERVERS = ['gateway', 'scheduler', 'worker'];
const KEY = 'k'.repeat(40);

interface Package {
  readonly devDependencies?: Readonly<Record<string, string>>;
}

let build: ImageBuild;
let run: ImageRunner;
let database: TestDatabase;
let redisUrl: string;
const apps = new Map<string, string>();
const metrics = new Set<string>();
const app = (service: string): string => apps.get(service) ?? '';

beforeAll(async () => {
  build = new ImageBuild();
  for (const service of [...SERVICES, 'devkit']) apps.set(service, build.build(service));
  run = new ImageRunner(build.folder);
  database = await createTestDatabase();
  redisUrl = (await createTestRedis()).url;
  const migrate = join(ROOT, 'packages/database/dist/src/migrate.js');
  execFileSync(process.execPath, [migrate], { env: { DATABASE_URL: database.url } });
}, 600_000);

afterEach(() => run.stop());

afterAll(async () => {
  await database.drop();
  build.remove();
}, 60_000);

/** A service with what it needs, on ports of its own. */
async function serve(
  service: string,
): Promise<{ started: ImageProcess; env: Record<string, string>; ports: number[] }> {
  const [first, second] = [await freePort(), await freePort()];
  const stores = { REDIS_URL: redisUrl, DATABASE_URL: database.url, LOG_FORMAT: 'json' };
  const ports = { PORT: String(first), OPERATOR_PORT: String(second), HEALTH_PORT: String(first) };
  const env = { ...stores, ...ports, WEBHOOK_PUSH_API_KEY: KEY, SERVICE: service };
  return { started: run.start(app(service), env), env, ports: service === 'gateway' ? [first, second] : [first] };
}

const ask = (port: number | undefined, path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${String(port)}${path}`, { headers: { connection: 'close' } });

describe.each([...SERVICES, 'devkit'])('the image of %s', (service) => {
  it('has what is compiled of the sources, and nothing of tests or of development', () => {
    const files = readdirSync(app(service), { recursive: true, encoding: 'utf8' });
    const ours = files.filter((file) => !/node_modules\/(?!\.pnpm\/@bridgecore|@bridgecore)/.test(file));
    const root = JSON.parse(readText('package.json')) as Package;
    const folder = service === 'devkit' ? 'packages' : 'services';
    const own = JSON.parse(readText(`${folder}/${service}/package.json`)) as Package;
    const tools = Object.keys({ ...root.devDependencies, ...own.devDependencies }).map((name) =>
      name.replace('/', '+'),
    );
    const installed = files.filter((file) => /^node_modules\/\.pnpm\/[^/]+$/.test(file)).map((file) => file.slice(19));

    expect(ours).toContain('dist/src');
    expect(ours.filter((file) => /(^|\/)(test|coverage)(\/|$)|\.test\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
    expect(installed.filter((name) => tools.some((tool) => name.startsWith(`${tool}@`)))).toEqual([]);
  });
});

describe.each(SERVERS)('the image of %s', (service) => {
  it('says what it has not been told, and ends with 78', async () => {
    const started = run.start(app(service), {});

    expect(await started.exit).toBe(78);
    expect(started.errors()).toContain('REDIS_URL is not set');
  });

  it('becomes ready as an ordinary user who may write nothing, answers every probe, and ends in order', async () => {
    const { started, env, ports } = await serve(service);
    const container = containersOf(render('deploy/k8s/base')).find((one) => one.container.name === service)?.container;
    const probes = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe];
    const paths = probes.map((probe) => probe?.httpGet.path ?? '');

    await until(async () => (await ask(ports[0], '/health/ready')).ok, { what: 'ready', timeoutMs: 30_000 });
    const statuses = await Promise.all(paths.map(async (path) => (await ask(ports[0], path)).status));
    const shown = await (await ask(ports.at(-1), '/metrics')).text();
    for (const [name] of shown.matchAll(/\bbridgecore_\w+/g)) metrics.add(name);
    const healthy = await run.node(app(service), ['healthcheck.mjs', 'live', 'ready'], env).exit;
    started.child.kill('SIGTERM');
    const code = await started.exit;
    const unhealthy = await run.node(app(service), ['healthcheck.mjs'], env).exit;

    expect([...statuses, healthy, code, unhealthy]).toEqual([200, 200, 200, 0, 0, 1]);
  });
});

describe('the images', () => {
  it('cannot be written to by who runs in them', async () => {
    const writing = run.node(app('gateway'), ['-e', 'require("node:fs").writeFileSync("dist/src/new.js", "")']);

    expect(await writing.exit).toBe(1);
    expect(writing.errors()).toMatch(/EACCES|EROFS/);
  });

  it('have a simulator for the demo', async () => {
    const program = ['dist/src/fake-odoo/main.js', '--per-minute=0'];

    const { child, output, exit } = run.node(app('devkit'), program, { FAKE_ODOO_API_KEY: KEY });
    await until(() => output().includes('"ready":true'), { what: 'the simulator' });
    child.kill('SIGTERM');

    expect(await exit).toBe(0);
    expect(existsSync(join(app('devkit'), 'node_modules/.pnpm'))).toBe(false);
  });

  const hasCli = SERVICES.includes('cli');
  (hasCli ? it : it.skip)('have a command line with the commands that compose and Kubernetes call', async () => {
    const help = run.start(app('cli'), {}, ['--help']);

    expect(await help.exit).toBe(0);
    for (const command of ['migrate', 'doctor']) expect(help.output()).toMatch(new RegExp(`\\b${command}\\b`));
  });

  it('show the metrics that KEDA scales by', () => {
    const scaled = JSON.stringify(ofKind(render('deploy/k8s/overlays/production'), 'ScaledObject'));
    const asked = [...new Set(scaled.match(/\bbridgecore_\w+/g))];

    expect(asked.length).toBe(2);
    expect(asked.filter((name) => !metrics.has(name))).toEqual([]);
  });
});

describe('deploy/Dockerfile', () => {
  const image = readDockerfile().at(-1);
  const textOf = (name: string): string[] =>
    (image?.instructions ?? []).filter((one) => one.name === name).map(({ text }) => text);

  it('makes an image that runs as nobody in particular, by number, under tini', () => {
    expect(textOf('USER')).toEqual(['1000:1000']);
    expect(wordsOf(image, 'ENTRYPOINT').slice(0, 2)).toEqual(['tini', '--']);
    expect(textOf('CMD')).toEqual([]);
  });

  it('makes an image without what could install something', () => {
    const [removed = ''] = textOf('RUN');

    for (const program of ['npm', 'npx', 'corepack', 'yarn']) expect(removed).toContain(`/usr/local/bin/${program}`);
    expect(removed).toContain('/usr/local/lib/node_modules');
  });

  it('tells the version by a build argument, to the service and to who looks at the image', () => {
    expect(textOf('ARG')).toContain('BRIDGECORE_VERSION=');
    expect(textOf('ENV').join()).toContain('BRIDGECORE_VERSION=$BRIDGECORE_VERSION');
    expect(textOf('LABEL').join()).toContain('org.opencontainers.image.version="$BRIDGECORE_VERSION"');
  });

  it('has its health asked by Node', () => {
    expect(wordsOf(image, 'HEALTHCHECK')).toEqual(['node', 'healthcheck.mjs']);
    expect(readFileSync(join(ROOT, 'deploy/healthcheck.mjs'), 'utf8')).toContain('/health/');
  });

  it('is built from sources alone: no test, no secret and nothing that was built here', () => {
    const files = contextFiles();

    expect(files).toEqual(
      expect.arrayContaining(['pnpm-lock.yaml', 'services/gateway/src/main.ts', 'deploy/healthcheck.mjs']),
    );
    expect(
      files.filter((file) => /(^|\/)(test|dist|node_modules)\/|^\.env|^deploy\/(?!healthcheck)/.test(file)),
    ).toEqual([]);
    expect(readText('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.env', '.env.*', '.git']));
  });
});
