import type { Json, JsonObject } from '../json-write';
import { textOf } from './call-context';

/** `display_name`: what a many2one shows. */
export function displayName(model: string, id: number, state: JsonObject): string {
  const { name, complete_name: complete, default_code: code } = state;
  if (model === 'product.template' && isText(code)) return `[${code}] ${isText(name) ? name : ''}`;
  if (model === 'ir.model.data') return `${textOf(state['module'])}.${textOf(name)}`;
  if ((model === 'res.partner' || model === 'product.category') && isText(complete)) return complete;
  return isText(name) ? name : `${model},${id}`;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
