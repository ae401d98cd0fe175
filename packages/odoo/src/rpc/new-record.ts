import { OdooFailure } from '../odoo-failure';

/** A record to be created once, however often that is asked for. */
export interface NewRecord {
  /** `module.name`: the record that Odoo already knows by it is written instead. */
  readonly externalId: string;
  readonly values: readonly FieldValue[];
}

/** A value in the form that RPC takes: a many2one its id or `false`, a many2many a list of ids. */
export interface FieldValue {
  readonly field: string;
  readonly type: string;
  readonly value: unknown;
}

/** What became of a new record: its id, or why there is none. */
export type Created = { readonly id: number } | { readonly failure: OdooFailure };
