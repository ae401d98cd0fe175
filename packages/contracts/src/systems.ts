import { Type } from 'class-transformer';
import {
  ArrayUnique,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { parse as parseYaml } from 'yaml';
import { BridgeError } from './errors';
import { isRecord } from './json';
import { parse } from './parse';

const SYSTEM_ID = /^[a-z][a-z0-9_-]{0,62}$/;
const SYSTEM_ID_RULE = 'must be lower-case letters, digits, _ or -, at most 63, beginning with a letter';
const ODOO_URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: false, allow_underscores: true };

/** One Odoo as the services know it. */
export class OdooSystem {
  @Matches(SYSTEM_ID, { message: SYSTEM_ID_RULE })
  readonly id!: string;

  @IsUrl(ODOO_URL, { message: 'must be an http or https URL' })
  readonly url!: string;

  /** The key of the addon's pull API; `${NAME}` stands for an environment variable. Only the worker reads it. */
  @IsString()
  readonly webhook_api_key!: string;

  /** Seconds from one pull to the next. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(86_400)
  readonly sync_interval_seconds?: number;

  /** The database, for RPC; JSON-2 needs it only where one Odoo serves several. */
  @IsOptional()
  @IsString()
  readonly db?: string;

  /** Whose `api_key` it is, for RPC up to Odoo 18. */
  @IsOptional()
  @IsString()
  readonly username?: string;

  /** An API key of that user, for RPC; `${NAME}` stands for an environment variable. Only the worker reads it. */
  @IsOptional()
  @IsString()
  readonly api_key?: string;

  /** Rows asked for in one page; never 0, for which Odoo sends its whole table. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly sync_batch_size?: number;
}

/** One Odoo with every default filled in. */
export type DeclaredSystem = OdooSystem & Required<Pick<OdooSystem, 'sync_interval_seconds' | 'sync_batch_size'>>;

class SystemsFile {
  @IsArray()
  @ValidateNested({ each: true })
  @ArrayUnique((system: OdooSystem) => system.id, { message: 'must not name a system twice' })
  @Type(() => OdooSystem)
  readonly systems!: OdooSystem[];
}

/** Which Odoos there are: one by `ODOO_URL`, or several in `SYSTEMS_FILE`. */
export class OdooSettings {
  @IsOptional()
  @IsUrl(ODOO_URL, { message: 'must be an http or https URL' })
  readonly ODOO_URL?: string;

  @Matches(SYSTEM_ID, { message: SYSTEM_ID_RULE })
  readonly ODOO_SYSTEM_ID: string = 'odoo';

  @IsOptional()
  @IsString()
  readonly SYSTEMS_FILE?: string;

  /** The database of the one Odoo, for RPC. */
  @IsOptional()
  @IsString()
  readonly ODOO_DB?: string;

  /** Whose `ODOO_API_KEY` it is. */
  @IsOptional()
  @IsString()
  readonly ODOO_USERNAME?: string;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(86_400)
  readonly ODOO_SYNC_INTERVAL_SECONDS: number = 30;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly ODOO_SYNC_BATCH_SIZE: number = 100;
}

/** The declared systems with every default filled in. `readText` reads a file; JSON is YAML too. */
export function systemsOf(settings: OdooSettings, readText: (path: string) => string): DeclaredSystem[] {
  return declared(settings, readText).map((system) => ({
    sync_interval_seconds: settings.ODOO_SYNC_INTERVAL_SECONDS,
    sync_batch_size: settings.ODOO_SYNC_BATCH_SIZE,
    ...system,
    url: system.url.replace(/\/+$/, ''),
  }));
}

/** Every system that events may come from: the one may push before its address is known. */
export function systemIdsOf(settings: OdooSettings, declared: readonly DeclaredSystem[]): string[] {
  const early = settings.SYSTEMS_FILE === undefined ? [settings.ODOO_SYSTEM_ID] : [];
  return [...new Set([...declared.map(({ id }) => id), ...early])];
}

/** A system's address as it may be shown: without user, password, query and fragment. */
export function publicUrl(url: string): string {
  const shown = new URL(url);
  Object.assign(shown, { username: '', password: '', search: '', hash: '' });
  return shown.toString().replace(/\/+$/, '');
}

function declared({ SYSTEMS_FILE, ODOO_URL, ...one }: OdooSettings, readText: (path: string) => string): OdooSystem[] {
  if (SYSTEMS_FILE === undefined) return ODOO_URL === undefined ? [] : [oneSystem(ODOO_URL, one)];
  if (ODOO_URL !== undefined) {
    throw new BridgeError('CONFIG_INVALID', 'Set ODOO_URL for one Odoo or SYSTEMS_FILE for several, not both.');
  }
  return systemsIn(yamlOf(readText(SYSTEMS_FILE), SYSTEMS_FILE), `SYSTEMS_FILE ${SYSTEMS_FILE}`);
}

/** RPC is set up when a user or a database is named. */
function oneSystem(url: string, { ODOO_SYSTEM_ID, ODOO_DB, ODOO_USERNAME }: OdooSettings): OdooSystem {
  const rpc = {
    ...(ODOO_DB === undefined ? {} : { db: ODOO_DB }),
    ...(ODOO_USERNAME === undefined ? {} : { username: ODOO_USERNAME }),
  };
  const key = Object.keys(rpc).length === 0 ? {} : { api_key: '${ODOO_API_KEY}' };
  return { id: ODOO_SYSTEM_ID, url, webhook_api_key: '${ODOO_WEBHOOK_API_KEY}', ...rpc, ...key };
}

const FIELDS = [
  ...['id', 'url', 'webhook_api_key', 'sync_interval_seconds', 'sync_batch_size'],
  ...['db', 'username', 'api_key'],
];

/** A misspelt name must not leave its default in force without a word. */
function systemsIn(content: unknown, file: string): OdooSystem[] {
  const listed = isRecord(content) ? content['systems'] : undefined;
  if (!Array.isArray(listed)) throw new BridgeError('CONFIG_INVALID', `${file} must hold a list under "systems".`);
  const strange = listed
    .flatMap((item: unknown) => (isRecord(item) ? Object.keys(item) : []))
    .find((name) => !FIELDS.includes(name));
  if (strange !== undefined)
    throw new BridgeError('CONFIG_INVALID', `${file} has "${strange}"; a system has ${FIELDS.join(', ')}.`);
  try {
    return parse(SystemsFile, content, 'CONFIG_INVALID').systems;
  } catch (error) {
    if (error instanceof BridgeError) throw new BridgeError('CONFIG_INVALID', `${file}: ${error.message}`);
    throw error;
  }
}

function yamlOf(text: string, path: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    throw new BridgeError(
      'CONFIG_INVALID',
      `SYSTEMS_FILE ${path} is neither JSON nor YAML: ${(error as Error).message}`,
    );
  }
}
