import { join } from 'node:path';
import ts from 'typescript';
import { load, ROOT } from './repository';
import { idOf, type Manifest } from './manifests';

/** The packages that have the schemas, by the group of what they describe; all others are Kubernetes' own. */
const PACKAGES: Readonly<Record<string, string>> = {
  'keda.sh': '@kubernetes-models/keda/',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/',
};

const moduleOf = ({ apiVersion }: Manifest): string =>
  `${PACKAGES[apiVersion.split('/')[0] ?? ''] ?? 'kubernetes-models/'}${apiVersion}`;

/** What an API server would say of these objects: what its schemas do not allow, and fields that they do not know. */
export function complaintsAbout(objects: readonly Manifest[]): string[] {
  return [...objects.flatMap(invalid), ...misspelt(objects)];
}

function invalid(object: Manifest): string[] {
  type Models = Record<string, (new (data: Manifest) => { validate(): void }) | undefined>;
  const Model = load<Models>(require.resolve(moduleOf(object)).slice(ROOT.length + 1))[object.kind];
  if (Model === undefined) return [`${object.apiVersion} has no ${object.kind}`];
  try {
    new Model(object).validate();
    return [];
  } catch (error) {
    return [`${idOf(object)}: ${(error as Error).message}`];
  }
}

/** Schemas let unknown fields pass; the compiler does not, in a literal of a known type. */
function misspelt(objects: readonly Manifest[]): string[] {
  const file = join(ROOT, 'packages/devkit/test/deploy/objects.ts'); // is only thought of, where imports are found
  const lines = objects.map((object, at) => {
    const type = `import('${moduleOf(object)}').I${object.kind}`;
    return `export const object${at}: ${type} = ${JSON.stringify(object)};`;
  });
  const options: ts.CompilerOptions = {
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2023 },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.readFile = (path) => (path === file ? lines.join('\n') : readFile(path));
  host.getSourceFile = (path, version, ...rest) =>
    path === file ? ts.createSourceFile(path, lines.join('\n'), version) : getSourceFile(path, version, ...rest);
  const program = ts.createProgram([file], options, host);
  return program.getSemanticDiagnostics(program.getSourceFile(file)).map(({ start = 0, messageText }) => {
    const line = lines.join('\n').slice(0, start).split('\n').length - 1;
    const object = objects[line];
    return `${object === undefined ? '?' : idOf(object)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
