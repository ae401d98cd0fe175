import { BridgeError } from '@bridgecore/contracts';
import { OdooRecords } from '@bridgecore/odoo';

/** A module that no addon is called by, so that no upgrade of one removes what is under it. */
const MODULE = '__bridgecore__';

/** `__bridgecore__.paris-res_partner-17`: under this name a record of another system is created, once. */
export function externalId(system: string, model: string, id: number): string {
  return `${MODULE}.${nameOf(system, model, id)}`;
}

/** Which records of an Odoo we have created, and from which of `system`: copy → original. */
export type Copies = ReadonlyMap<number, number>;

/** Those of the originals that an Odoo has copies of; null when it does not let us look (it may take the right to read `ir.model.data`). */
export function copiesOf(
  records: OdooRecords,
  { system, model }: CopyScope,
  originals: readonly number[],
): Promise<Copies | null> {
  const names = originals.map((id) => nameOf(system, model, id));
  return look(records, { system, model }, ['name', 'in', names]);
}

/** Those of an Odoo's records that are copies; null when it does not let us look. */
export function copiesAmong(records: OdooRecords, scope: CopyScope, ids: readonly number[]): Promise<Copies | null> {
  return look(records, scope, ['res_id', 'in', ids]);
}

/** Whose records were copied. */
export interface CopyScope {
  readonly system: string;
  readonly model: string;
}

async function look(records: OdooRecords, { system, model }: CopyScope, which: unknown[]): Promise<Copies | null> {
  const domain = [['module', '=', MODULE], ['model', '=', model], which];
  const prefix = nameOf(system, model, 0).slice(0, -1);
  try {
    const found = await records.searchRead('ir.model.data', { domain, fields: ['name', 'res_id'] });
    const ours = found.filter((known) => (known['name'] as string).startsWith(prefix));
    return new Map(
      ours.map((known) => [known['res_id'] as number, Number((known['name'] as string).slice(prefix.length))]),
    );
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'ODOO_REFUSED') return null;
    throw error;
  }
}

function nameOf(system: string, model: string, id: number): string {
  return `${system}-${model.replaceAll('.', '_')}-${id}`;
}
