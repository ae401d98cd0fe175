import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { idOf, type Manifest } from './manifests';
import { readEnv, readYaml, ROOT } from './repository';

/** What an operator applies. */
export const RENDERED = [
  'deploy/k8s/base',
  'deploy/k8s/overlays/development',
  'deploy/k8s/overlays/production',
] as const;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

interface Kustomization {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly configMapGenerator?: readonly {
    readonly name: string;
    readonly behavior?: string;
    readonly envs: readonly string[];
  }[];
  readonly images?: readonly { readonly name: string; readonly newName?: string; readonly newTag: string }[];
  readonly patches?: readonly {
    readonly path: string;
    readonly target: { readonly kind: string; readonly name?: string };
  }[];
}

const UNDERSTOOD = ['apiVersion', 'kind', 'namespace', 'resources', 'components'];
const ALSO_UNDERSTOOD = ['configMapGenerator', 'images', 'patches'];

/**
 * What kustomize makes of a folder, by the little of it that deploy/k8s uses: so these tests run where there is no kubectl, or
 * one that knows no components (Debian 12 has 1.20). That both agree is a test of its own. Names have no hash.
 */
export function render(folder: string): Manifest[] {
  const objects: Manifest[] = [];
  accumulate(folder, objects);
  return objects;
}

function accumulate(folder: string, objects: Manifest[]): void {
  const [file] = readYaml<Kustomization>(`${folder}/kustomization.yaml`);
  if (file === undefined) throw new Error(`${folder}/kustomization.yaml is empty`);
  const strange = Object.keys(file).filter((field) => ![...UNDERSTOOD, ...ALSO_UNDERSTOOD].includes(field));
  if (strange.length > 0) throw new Error(`${folder}: these tests cannot render ${strange.join(', ')}`);
  for (const name of [...(file.resources ?? []), ...(file.components ?? [])]) {
    const path = join(folder, name);
    if (statSync(join(ROOT, path)).isDirectory()) accumulate(path, objects);
    else objects.push(...readYaml<Manifest>(path));
  }
  generate(folder, file, objects);
  for (const { path, target } of file.patches ?? []) patch(readYaml<Operation[]>(join(folder, path)), target, objects);
  for (const image of file.images ?? []) setImage(image, objects);
  if (file.namespace === undefined) return;
  for (const { kind, metadata } of objects) if (kind !== 'Namespace') metadata.namespace = file.namespace;
}

function generate(folder: string, { configMapGenerator = [] }: Kustomization, objects: Manifest[]): void {
  for (const { name, behavior, envs } of configMapGenerator) {
    const data = Object.fromEntries(envs.flatMap((env) => Object.entries(readEnv(join(folder, env)))));
    const present = objects.find((object) => idOf(object) === `ConfigMap/${name}`);
    if (behavior === 'merge' && present !== undefined) Object.assign(present.data ?? {}, data);
    else objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  }
}

type Target = Required<Kustomization>['patches'][number]['target'];

function patch(operations: readonly (readonly Operation[])[], target: Target, objects: readonly Manifest[]): void {
  const targets = objects.filter(({ kind, metadata }) => {
    return kind === target.kind && (target.name === undefined || metadata.name === target.name);
  });
  if (targets.length === 0) throw new Error(`a patch finds no ${target.kind} ${target.name ?? ''}`);
  for (const object of targets) for (const { op, path, value } of operations.flat()) replace(object, op, path, value);
}

function replace(object: Manifest, op: string, path: string, value: unknown): void {
  const steps = path.split('/').slice(1);
  const last = steps.pop() ?? '';
  const holder = steps.reduce<unknown>((within, step) => (within as Record<string, unknown>)[step], object);
  if (op !== 'replace' || !Object.hasOwn(holder as object, last)) throw new Error(`cannot ${op} ${path}`);
  (holder as Record<string, unknown>)[last] = value;
}

type Image = Required<Kustomization>['images'][number];

function setImage({ name, newName, newTag }: Image, within: unknown): void {
  if (typeof within !== 'object' || within === null) return;
  for (const [key, value] of Object.entries(within)) {
    if (key === 'image' && value === name) Object.assign(within, { image: `${newName ?? name}:${newTag}` });
    setImage({ name, newTag, ...(newName === undefined ? {} : { newName }) }, value);
  }
}

/** A kubectl that renders what we have, if this machine has one. */
export function hasKubectl(): boolean {
  const { stdout } = spawnSync('kubectl', ['version', '--client', '--output', 'json'], { encoding: 'utf8' });
  return /"kustomizeVersion": "v[4-9]/.test(stdout);
}

/** What kubectl renders, without the hash that it ends the names of ConfigMaps with. */
export function renderByKubectl(folder: string): Manifest[] {
  const { stdout, stderr, status } = spawnSync('kubectl', ['kustomize', folder], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const text = stdout.replace(/\bbridgecore-[a-z0-9]{10}$/gm, 'bridgecore');
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}
