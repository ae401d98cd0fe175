import { readEnv, readYaml } from './repository';

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly args: Record<string, string> };
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly env_file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly ports?: readonly string[];
  readonly restart?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** What somebody has filled in who copied deploy/env.example. */
export const FILLED_IN = {
  ...readEnv('deploy/env.example'),
  POSTGRES_PASSWORD: 'a1b2c3',
  ODOO_URL: 'https://odoo.example.com',
  ODOO_WEBHOOK_API_KEY: 'k'.repeat(40),
  WEBHOOK_PUSH_API_KEY: 'p'.repeat(40),
  OPERATOR_API_KEY: 'o'.repeat(40),
};

/** docker-compose.yml as compose reads it with these variables. */
export function readCompose(env: Readonly<Record<string, string>> = FILLED_IN): ComposeFile {
  const [file] = readYaml<ComposeFile>('docker-compose.yml', (text) => interpolate(text, env));
  if (file === undefined) throw new Error('docker-compose.yml is empty');
  return file;
}

/** The variables that docker-compose.yml itself is told. */
export function interpolated(text: string): string[] {
  return [...text.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
}

/** `${NAME}`, `${NAME:-default}` and `${NAME:?complaint}`, as compose replaces them, also in profiles that are off. */
function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest?: string) => {
    const value = env[name] ?? '';
    if (value === '' && kind === '?') throw new Error(`${name}: ${rest ?? ''}`);
    return value === '' && kind === '-' ? (rest ?? '') : value;
  });
}

/** What a container's process gets: its env_file, and over it its environment. */
export function environmentOf(service: ComposeService, env: Readonly<Record<string, string>>): Record<string, string> {
  return { ...(service.env_file === undefined ? {} : env), ...service.environment };
}
