import type { Random } from '../random';
import { FIRST_PARTNERS, FIRST_PRODUCTS, type Partner, type Product } from './catalogue';

/** What the business is made of: chance, time, ids of records, and who and what there is. */
export interface World {
  readonly random: Random;
  readonly now: () => Date;
  readonly nextId: (model: string) => number;
  readonly partners: Partner[];
  readonly products: Product[];
}

/** One line of an order. */
export interface Line {
  readonly id: number;
  readonly product: Product;
  readonly quantity: number;
  readonly moveId: number;
}

/** The company on its first morning. Its next ids are beyond those of the records that are there already. */
export function newWorld(deps: Pick<World, 'random' | 'now' | 'nextId'>): World {
  return { ...deps, partners: [...FIRST_PARTNERS], products: [...FIRST_PRODUCTS] };
}

/** Lines for a new order: mostly few, now and then many, so that payloads have the sizes of real ones. */
export function newLines(world: World, model: string): Line[] {
  const { random, products, nextId } = world;
  const count = random.chance(0.08) ? random.between(8, 25) : random.between(1, 3);
  return Array.from({ length: count }, () => ({
    id: nextId(model),
    product: random.pick(products),
    quantity: random.between(1, 40) / 2,
    moveId: nextId('stock.move'),
  }));
}

/** To the cent, as Odoo rounds. */
export function amountOf(lines: readonly Line[]): number {
  const total = lines.reduce((sum, { product, quantity }) => sum + Math.round(product.price * quantity * 100), 0);
  return total / 100;
}

/** `[DESK0005] Customizable Desk (Custom, White)`. */
export function label({ code, name }: Product): string {
  return `[${code}] ${name}`;
}

/** `S00026`: a document's number as Odoo pads it. */
export function numbered(prefix: string, number: number): string {
  return prefix + String(number).padStart(5, '0');
}

/** The access token of a customer portal link, a UUID; it travels in clear (README §2). */
export function token(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.between(0, 15).toString(16)).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
