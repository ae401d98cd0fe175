import { interpolated, readCompose } from './compose-file';
import { render, RENDERED } from './kustomize';
import { containersOf } from './manifests';
import { readEnv, readText } from './repository';
import { isRead, ODOO_SECRETS, VARIABLES } from './settings';

const OF_COMPOSE = new Set(interpolated(readText('docker-compose.yml')));
const SETTING = /^(# )?([A-Z][A-Z0-9_]*)=(.*)$/;
/** What holds where nothing is set is not the same everywhere: a terminal, the version of package.json. */
const DEPENDS = ['LOG_FORMAT', 'BRIDGECORE_VERSION'];

interface Line {
  readonly name: string;
  readonly value: string;
  readonly isSet: boolean;
}

function exampleLines(): Line[] {
  return readText('deploy/env.example')
    .split('\n')
    .flatMap((line) => {
      const [, comment, name = '', value = ''] = SETTING.exec(line) ?? [];
      return name === '' ? [] : [{ name, value, isSet: comment === undefined }];
    });
}

const unknown = (names: readonly string[]): string[] => names.filter((name) => !isRead(name));

describe('deploy/env.example', () => {
  const lines = exampleLines();
  const names = lines.map(({ name }) => name);

  it('has every variable of every config class, once', () => {
    const missing = [...VARIABLES.keys(), ...ODOO_SECRETS].filter((name) => !names.includes(name));

    expect(missing).toEqual([]);
    expect(names).toEqual([...new Set(names)]);
  });

  it('has nothing that neither a service nor compose reads', () => {
    expect(names.filter((name) => !isRead(name) && !OF_COMPOSE.has(name))).toEqual([]);
  });

  it('shows the defaults that hold', () => {
    const wrong = lines.filter(({ name, value, isSet }) => {
      const held = VARIABLES.get(name)?.default;
      return held !== undefined && !DEPENDS.includes(name) && value !== held && !(isSet && value === '');
    });

    expect(wrong).toEqual([]);
  });

  it('explains each variable in the line above it', () => {
    const text = readText('deploy/env.example').split('\n');
    const bare = text.filter((line, at) => {
      const above = text[at - 1] ?? '';
      return SETTING.test(line) && (!above.startsWith('# ') || SETTING.test(above));
    });

    expect(bare).toEqual([]);
  });

  it('gives no secret a value', () => {
    const given = lines.filter(({ name, value, isSet }) => isSet && value !== '' && VARIABLES.get(name)?.isSecret);

    expect(given).toEqual([]);
  });
});

describe('the variables of compose', () => {
  it('exist, in every container of ours', () => {
    const ours = Object.values(readCompose().services).filter(({ env_file }) => env_file !== undefined);

    expect(ours.length).toBeGreaterThan(3);
    expect(unknown(ours.flatMap(({ environment }) => Object.keys(environment ?? {})))).toEqual([]);
  });

  it('exist in the demo too', () => {
    const names = Object.keys(readEnv('deploy/demo.env'));

    expect(names.filter((name) => !isRead(name) && !OF_COMPOSE.has(name))).toEqual([]);
  });
});

describe.each(RENDERED)('the variables of %s', (overlay) => {
  const objects = render(overlay);

  it('exist', () => {
    const names = containersOf(objects).flatMap(({ container }) => (container.env ?? []).map(({ name }) => name));
    const files = objects.filter(({ kind }) => kind === 'ConfigMap').flatMap(({ data }) => Object.keys(data ?? {}));

    expect(files.length).toBeGreaterThan(3);
    expect(unknown([...names, ...files])).toEqual([]);
  });

  it('hold no secret: each comes from a Secret that is not here', () => {
    const isSecret = (name: string): boolean => VARIABLES.get(name)?.isSecret === true || ODOO_SECRETS.includes(name);
    const settings = containersOf(objects).flatMap(({ container }) => container.env ?? []);
    const files = objects.filter(({ kind }) => kind === 'ConfigMap').flatMap(({ data }) => Object.keys(data ?? {}));

    expect(files.filter(isSecret)).toEqual([]);
    expect(settings.filter(({ valueFrom }) => valueFrom?.secretKeyRef === undefined)).toEqual([]);
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });
});
