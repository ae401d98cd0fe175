import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readCompose } from './compose-file';
import { render, RENDERED } from './kustomize';
import { containersOf } from './manifests';
import { readText, ROOT } from './repository';

/** Who reads files of keys: the cli too, which looks at the others' settings. */
const READERS = ['cli', 'gateway', 'worker'];

describe.each(RENDERED)('in %s', (folder) => {
  it('files of keys come from a Secret that may be missing, and to no other container', () => {
    const mounted = containersOf(render(folder)).flatMap(({ workload, container }) =>
      (container.volumeMounts ?? [])
        .filter(({ mountPath }) => mountPath === '/keys')
        .map(({ name }) => ({
          container: container.name,
          secret: workload.template.spec.volumes?.find((volume) => volume.name === name)?.secret,
        })),
    );

    const secret = { secretName: 'bridgecore-keys', optional: true, defaultMode: 0o440 };
    expect(mounted.map((mount) => mount.container).sort()).toEqual(READERS);
    expect(mounted.map((mount) => mount.secret)).toEqual(READERS.map(() => secret));
  });
});

describe('in compose', () => {
  it('files of keys come from a folder that git does not see, and to no other container', () => {
    const mounting = Object.entries(readCompose().services)
      .filter(([, { volumes = [] }]) => volumes.includes('./deploy/keys:/keys:ro'))
      .map(([name]) => name);

    expect(mounting.sort()).toEqual(READERS);
    expect(existsSync(join(ROOT, 'deploy/keys/.gitignore'))).toBe(true);
  });
});

it('deploy/env.example shows each file where it is mounted, and those of keys apart', () => {
  const shown = [...readText('deploy/env.example').matchAll(/^# (\w+)_FILE=(\/\w+)\//gm)];
  const isSecret = (name = ''): boolean => name.endsWith('_KEYS') && name !== 'API_KEYS'; // which are hashes

  expect(shown.length).toBeGreaterThan(3);
  expect(shown.filter(([, name, folder]) => folder !== (isSecret(name) ? '/keys' : '/config'))).toEqual([]);
});
