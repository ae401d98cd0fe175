import { render, RENDERED } from './kustomize';
import { type Container, containersOf, environmentOf, idOf, isSelected, type Labels, type Manifest } from './manifests';
import { ofKind, type Peer, specOf, type Workload, workloadsOf } from './manifests';
import { readText, readYaml, SERVICES } from './repository';
import { configOf, settingsOf } from './settings';

interface ServiceSpec {
  readonly selector: Labels;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly port: string | number }[];
}

interface PolicySpec {
  readonly podSelector: { readonly matchLabels: Labels };
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

const MONITORING = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } };
const labelsOf = ({ template }: Workload): Labels => template.metadata.labels;
const componentOf = (workload: Workload): string => labelsOf(workload)['app.kubernetes.io/component'] ?? '';
const portsOf = ({ template }: Workload): string[] =>
  template.spec.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name));

describe.each(RENDERED)('in %s', (folder) => {
  const objects = render(folder);
  const workloads = workloadsOf(objects);
  const containers = containersOf(objects);
  const deployments = workloads.filter(({ kind }) => kind === 'Deployment');
  const selected = (selector: Labels): Workload[] =>
    workloads.filter((workload) => isSelected(labelsOf(workload), selector));
  const named = (kind: string, name: string): Manifest | undefined =>
    objects.find((object) => idOf(object) === `${kind}/${name}`);

  it('every selector finds pods, and of one workload only', () => {
    const policies = ofKind(objects, 'NetworkPolicy').map(({ spec }) => (spec as unknown as PolicySpec).podSelector);
    const selectors = [
      ...ofKind(objects, 'Deployment', 'PodDisruptionBudget').map((object) => {
        return specOf<{ selector: { matchLabels: Labels } }>(object).selector.matchLabels;
      }),
      ...ofKind(objects, 'Service').map((object) => specOf<ServiceSpec>(object).selector),
      ...deployments.flatMap(({ template }) =>
        (template.spec.topologySpreadConstraints ?? []).map(({ labelSelector }) => labelSelector.matchLabels),
      ),
    ];

    expect(selectors.map((selector) => selected(selector).length)).toEqual(selectors.map(() => 1));
    expect(policies.filter(({ matchLabels }) => selected(matchLabels).length === 0)).toEqual([]);
  });

  it('every workload has its own spread, budget, account and network policy', () => {
    const budgets = ofKind(objects, 'PodDisruptionBudget').map(({ metadata }) => metadata.name);
    const spreads = deployments.map(({ template }) => template.spec.topologySpreadConstraints?.length);
    const accounts = workloads.map(({ template }) => template.spec.serviceAccountName);

    expect(budgets).toEqual(deployments.map(({ id }) => id.replace('Deployment/', '')));
    expect(spreads).toEqual([2, 2, 2]);
    expect(accounts.filter((name) => named('ServiceAccount', name) === undefined)).toEqual([]);
    expect(new Set(accounts).size).toBe(workloads.length);
    expect(workloads.filter((one) => named('NetworkPolicy', `bridgecore-${componentOf(one)}`) === undefined)).toEqual(
      [],
    );
  });

  it('every port of a Service is one of its pods', () => {
    const wrong = ofKind(objects, 'Service').flatMap((service) => {
      const { selector, ports } = specOf<ServiceSpec>(service);
      const held = selected(selector).flatMap(portsOf);
      return ports.filter(({ targetPort }) => !held.includes(targetPort)).map(({ name }) => `${idOf(service)} ${name}`);
    });

    expect(wrong).toEqual([]);
  });

  it('every probe asks a port that the container has, and live and ready are asked apart', () => {
    const asked = containers
      .filter(({ workload }) => workload.kind === 'Deployment')
      .map(({ container: { ports = [], startupProbe, livenessProbe, readinessProbe } }) => {
        const probes = [startupProbe, livenessProbe, readinessProbe];
        const isThere = probes.every((probe) => ports.some(({ name }) => name === probe?.httpGet.port));
        return [isThere, ...probes.map((probe) => probe?.httpGet.path)];
      });

    expect(asked).toEqual(deployments.map(() => [true, '/health/live', '/health/live', '/health/ready']));
  });

  it('every container runs an image of ours, without privileges', () => {
    const images = containers.map(
      ({ container }) => /(?:^|\/)bridgecore-(\w+)(?::[\w.]+)?$/.exec(container.image)?.[1],
    );
    const loose = containers.filter(({ workload, container }) => {
      const { securityContext, automountServiceAccountToken } = workload.template.spec;
      const isConfined = JSON.stringify(securityContext).includes('"runAsNonRoot":true,"runAsUser":1000');
      return !isConfined || automountServiceAccountToken || !isClosed(container);
    });

    expect(images.filter((name) => name === undefined || ![...SERVICES, 'cli'].includes(name))).toEqual([]);
    expect(loose.map(({ workload }) => workload.id)).toEqual([]);
    expect(containers.filter(({ container }) => container.resources?.limits?.['memory'] === undefined)).toEqual([]);
  });

  it('every container takes the settings that it is given, and listens where it is said to', () => {
    const SECRETS = { REDIS_URL: 'redis://redis', DATABASE_URL: 'postgres://a:b@c/d' };
    const KEYS = { WEBHOOK_PUSH_API_KEY: 'p'.repeat(40), OPERATOR_API_KEY: 'o'.repeat(40) };
    for (const { workload, container } of containers) {
      const name = componentOf(workload);
      if (settingsOf(name) === undefined || workload.kind !== 'Deployment') continue;
      const given = environmentOf(objects, container);
      const secrets = Object.entries({ ...SECRETS, ...KEYS }).filter(([secret]) => given[secret] !== undefined);

      const config = configOf(name, { ...given, ...Object.fromEntries(secrets) });

      const { PORT, OPERATOR_PORT, HEALTH_PORT } = config;
      const expected = name === 'gateway' ? { http: PORT, operator: OPERATOR_PORT } : { metrics: HEALTH_PORT };
      const ports = (container.ports ?? []).map(({ name: port, containerPort }) => [port, containerPort] as const);
      expect(Object.fromEntries(ports)).toEqual(expected);
    }
  });

  it('every pod has more time to end than its process takes', () => {
    const short = containers.filter(({ workload, container }) => {
      const { SHUTDOWN_DELAY_SECONDS, SHUTDOWN_TIMEOUT_SECONDS } = environmentOf(objects, container);
      const needed = Number(SHUTDOWN_DELAY_SECONDS) + Number(SHUTDOWN_TIMEOUT_SECONDS);
      const given = workload.template.spec.terminationGracePeriodSeconds;
      return workload.kind === 'Deployment' && !((given ?? 30) > needed);
    });

    expect(short.map(({ workload }) => workload.id)).toEqual([]);
  });

  it('a rollout takes nothing away before the new is ready', () => {
    const strategies = ofKind(objects, 'Deployment').map((object) => specOf<{ strategy: unknown }>(object).strategy);

    expect(strategies).toEqual(
      deployments.map(() => ({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } })),
    );
  });

  it('what scales something finds it, and is the only one to say how many there are', () => {
    const scaled = ofKind(objects, 'HorizontalPodAutoscaler', 'ScaledObject').map((object) => {
      const { name } = specOf<{ scaleTargetRef: { name: string } }>(object).scaleTargetRef;
      const target = named('Deployment', name);
      return target === undefined ? name : specOf<{ replicas?: number }>(target).replicas;
    });

    expect(scaled.length).toBeGreaterThan(0);
    expect(scaled.filter((replicas) => replicas !== undefined)).toEqual([]);
  });

  it('only the port for pushes may be reached by everybody, and metrics by Prometheus', () => {
    const policies = ofKind(objects, 'NetworkPolicy').map((object) => ({ object, ...specOf<PolicySpec>(object) }));
    const allowed = policies.flatMap(({ object, ingress = [] }) =>
      ingress.map((rule) => ({ of: object.metadata.name, ...rule })),
    );
    const denying = policies.find(({ object }) => object.metadata.name === 'bridgecore-default-deny');

    expect(selected(denying?.podSelector.matchLabels ?? {})).toHaveLength(workloads.length);
    expect([denying?.ingress, denying?.egress]).toEqual([undefined, undefined]);
    expect(allowed.filter(({ from }) => from === undefined)).toEqual([
      { of: 'bridgecore-gateway', ports: [{ port: 'http' }] },
    ]);
    const toMetrics = allowed.filter(({ from }) =>
      from?.some((peer) => JSON.stringify(peer) === JSON.stringify(MONITORING)),
    );
    expect(toMetrics.map(({ of, ports }) => [of, ports?.[0]?.port])).toEqual([
      ['bridgecore-gateway', 'operator'],
      ['bridgecore-scheduler', 'metrics'],
      ['bridgecore-worker', 'metrics'],
    ]);
    expect(allowed).toHaveLength(4);
  });

  it('the gateway may not reach Odoo, nor the scheduler PostgreSQL', () => {
    const reach = ofKind(objects, 'NetworkPolicy').map((object) => {
      const ports = (specOf<PolicySpec>(object).egress ?? []).flatMap((rule) => rule.ports ?? []);
      return [object.metadata.name.replace('bridgecore-', ''), ports.map(({ port }) => port)] as const;
    });

    expect(Object.fromEntries(reach)).toMatchObject({
      ...{ gateway: [6379, 5432], scheduler: [6379], worker: [6379, 5432, 443, 8069], migrate: [5432] },
      'default-deny': [],
    });
  });

  it('the command line asks Services that there are', () => {
    const cli = containers.find(({ workload }) => workload.kind === 'CronJob')?.container;
    const { BRIDGECORE_URL, BRIDGECORE_PUSH_URL } = cli === undefined ? {} : environmentOf(objects, cli);
    const asked = [BRIDGECORE_URL, BRIDGECORE_PUSH_URL].map((url) => new URL(url ?? ''));
    const found = asked.map(({ hostname, port }) => {
      const service = named('Service', hostname);
      return service === undefined
        ? hostname
        : specOf<ServiceSpec>(service).ports.map((one) => [one.name, one.port === Number(port)]);
    });

    expect(found).toEqual([[['operator', true]], [['http', true]]]);
  });

  it('every mount has its volume', () => {
    const wrong = containers.filter(({ workload, container }) => {
      const volumes = (workload.template.spec.volumes ?? []).map(({ name }) => name);
      return (container.volumeMounts ?? []).some(({ name }) => !volumes.includes(name));
    });

    expect(wrong).toEqual([]);
  });
});

function isClosed({ securityContext }: Container): boolean {
  return (
    JSON.stringify(securityContext) ===
    '{"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}}'
  );
}

describe('in production', () => {
  const objects = render('deploy/k8s/overlays/production');

  it('each ServiceMonitor finds a Service with its port, and names the job as compose does', () => {
    const found = ofKind(objects, 'ServiceMonitor').map((monitor) => {
      interface Spec {
        readonly selector: { readonly matchLabels: Labels };
        readonly endpoints: readonly {
          readonly port: string;
          readonly relabelings: readonly { replacement: string }[];
        }[];
      }
      const { selector, endpoints } = specOf<Spec>(monitor);
      const services = ofKind(objects, 'Service').filter(({ metadata }) =>
        isSelected(metadata.labels, selector.matchLabels),
      );
      const ports = services.flatMap((service) => specOf<ServiceSpec>(service).ports.map(({ name }) => name));
      return endpoints.map(({ port, relabelings }) => [
        ports.filter((name) => name === port).length,
        relabelings.map(({ replacement }) => replacement).join(),
      ]);
    });

    expect(found.flat()).toEqual([
      [1, 'bridgecore-gateway'],
      [1, 'bridgecore-scheduler'],
      [1, 'bridgecore-worker'],
    ]);
  });

  it('the queries of KEDA ask for the namespace that the hub is in', () => {
    const [scaled] = ofKind(objects, 'ScaledObject');
    const queries = JSON.stringify(scaled).match(/namespace=\\"([^\\]+)/g);

    expect(queries).toHaveLength(2);
    expect(new Set(queries)).toEqual(new Set([`namespace=\\"${scaled?.metadata.namespace ?? ''}`]));
  });

  it('the Ingress leads to the public port, and to the paths of pushes and consumers only', () => {
    const [ingress] = ofKind(objects, 'Ingress');
    const text = JSON.stringify(ingress?.spec);

    const paths = [...text.matchAll(/"path":"([^"]+)","pathType":"(\w+)"/g)].map(([, path, type]) => `${path} ${type}`);
    expect(paths).toEqual([
      ...['/api/v1/webhooks/receive Exact', '/api/v1/feed Exact', '/api/v1/sync Prefix', '/api/v1/tokens Exact'],
    ]);
    expect(text).toContain('"service":{"name":"bridgecore-gateway","port":{"name":"http"}}');
    expect(readText('services/gateway/src/push-route.ts')).toContain("'/api/v1/webhooks/receive'");
  });

  it('nothing is said twice in the settings of the base and of the overlay', () => {
    const [map] = ofKind(objects, 'ConfigMap');
    const [kustomization] = readYaml<{ namespace: string }>('deploy/k8s/overlays/production/kustomization.yaml');

    expect(map?.data).toMatchObject({ SHUTDOWN_DELAY_SECONDS: '10', ODOO_URL: 'https://odoo.example.com' });
    expect(map?.metadata.namespace).toBe(kustomization?.namespace);
  });
});
