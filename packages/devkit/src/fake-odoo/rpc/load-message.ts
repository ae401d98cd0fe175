import type { Json, JsonObject } from '../json-write';

/** Which rows of the matrix a record comes from; from and to are the same, since no sub-records are simulated. */
export interface RowInfo {
  readonly rows: { readonly from: number; readonly to: number };
  readonly record: number;
}

/** What `load` says about a row, or about itself. */
export type LoadMessage = JsonObject;

/** What a cell is converted to raises, with `%(field)s` where the field's label goes. */
export class CellError extends Error {
  override readonly name = 'CellError';

  constructor(
    message: string,
    readonly more: Json = null,
  ) {
    super(message);
  }
}

/** What a row says about one of its cells. */
export function cellMessage(
  info: RowInfo,
  type: 'error' | 'warning',
  field: { readonly name: string; readonly string: string },
  { message, more }: { readonly message: string; readonly more?: Json },
): LoadMessage {
  const moreinfo = more === undefined || more === null ? {} : { moreinfo: more };
  const text = message.replace('%(field)s', field.string);
  return {
    rows: { ...info.rows },
    type,
    record: info.record,
    field: field.name,
    message: text,
    ...moreinfo,
    field_name: field.string,
  };
}

export function rowMessage(info: RowInfo, rest: JsonObject): LoadMessage {
  return { rows: { ...info.rows }, record: info.record, type: 'error', ...rest };
}
