export type Labels = Readonly<Record<string, string>>;

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: {
      readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
    };
  }[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly resources?: { readonly requests?: Labels; readonly limits?: Labels };
  readonly securityContext?: object;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: object;
  readonly terminationGracePeriodSeconds?: number;
  readonly topologySpreadConstraints?: readonly { readonly labelSelector: { readonly matchLabels: Labels } }[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string; readonly optional?: boolean };
  }[];
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Labels };
  readonly spec: PodSpec;
}

export interface Peer {
  readonly podSelector?: { readonly matchLabels: Labels };
  readonly namespaceSelector?: { readonly matchLabels: Labels };
}

/** An object of any kind, with what these tests look at; the schemas say what is really allowed. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { name: string; namespace?: string; readonly labels?: Labels };
  readonly data?: Labels;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What makes pods: its kind and name, and what each pod is. */
export interface Workload {
  readonly id: string;
  readonly kind: string;
  readonly template: PodTemplate;
}

export const idOf = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;

export function specOf<Spec>({ spec }: Manifest): Spec {
  return spec as Spec;
}

export function ofKind(objects: readonly Manifest[], ...kinds: readonly string[]): Manifest[] {
  return objects.filter(({ kind }) => kinds.includes(kind));
}

export function workloadsOf(objects: readonly Manifest[]): Workload[] {
  const direct = ofKind(objects, 'Deployment', 'Job').map((object) => ({ object, spec: object.spec }));
  const jobs = ofKind(objects, 'CronJob').map((object) => {
    return { object, spec: specOf<{ jobTemplate: { spec: Manifest['spec'] } }>(object).jobTemplate.spec };
  });
  return [...direct, ...jobs].map(({ object, spec }) => {
    return { id: idOf(object), kind: object.kind, template: (spec as { template: PodTemplate }).template };
  });
}

/** Every container, with what runs it. */
export function containersOf(objects: readonly Manifest[]): { workload: Workload; container: Container }[] {
  return workloadsOf(objects).flatMap((workload) =>
    workload.template.spec.containers.map((container) => ({ workload, container })),
  );
}

/** Whether an object with these labels is selected; a selector that asks for nothing selects everything. */
export function isSelected(labels: Labels | undefined, selector: Labels | undefined): boolean {
  return Object.entries(selector ?? {}).every(([name, value]) => labels?.[name] === value);
}

/** What a container's environment holds, as far as it is not secret; a secret is `secret`. */
export function environmentOf(objects: readonly Manifest[], container: Container): Record<string, string> {
  const maps = (container.envFrom ?? []).flatMap(({ configMapRef }) =>
    ofKind(objects, 'ConfigMap').filter(({ metadata }) => metadata.name === configMapRef?.name),
  );
  const secrets = (container.env ?? []).map(({ name }) => [name, 'secret'] as const);
  return { ...Object.assign({}, ...maps.map(({ data }) => data)), ...Object.fromEntries(secrets) } as Record<
    string,
    string
  >;
}
