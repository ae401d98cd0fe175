import type { Change } from '../change';
import { CITIES, FAMILY_NAMES, MATERIALS, STREETS, THINGS, TRADES } from './catalogue';
import { label, type World } from './world';

/** Somebody enters a new customer or vendor. */
export function createPartner(world: World): Change[] {
  const { random, nextId } = world;
  const id = nextId('res.partner');
  const name = `${random.pick(FAMILY_NAMES)} ${random.pick(TRADES)}`;
  world.partners.push({ id, name });
  const fields = {
    name,
    complete_name: name,
    ref: `C${id}`,
    city: random.pick(CITIES),
    street: random.pick(STREETS),
    zip: String(random.between(10_000, 99_999)),
    phone: phone(world),
    email: `info@partner-${id}.example.test`,
    email_normalized: `info@partner-${id}.example.test`,
    website: `https://partner-${id}.example.test`,
    is_company: true,
    function: false,
    comment: random.chance(0.3) ? '<p>VIP &amp; friend</p>' : false,
    commercial_partner_id: { id, name },
    commercial_company_name: name,
  };
  return [{ model: 'res.partner', recordId: id, operation: 'create', fields }];
}

/** A partner moves or gets another telephone. */
export function changePartner(world: World): Change[] {
  const { random } = world;
  const { id, name } = random.pick(world.partners);
  const base = { name, complete_name: name, commercial_partner_id: { id, name } };
  const moved = random.chance(0.5) ? { city: random.pick(CITIES) } : {};
  const written = { phone: phone(world), ...moved };
  return [{ model: 'res.partner', recordId: id, fields: { ...base, ...written }, changedFields: Object.keys(written) }];
}

/** A new product in the catalogue. */
export function createProduct(world: World): Change[] {
  const { random, nextId } = world;
  const id = nextId('product.template');
  const name = `${random.pick(MATERIALS)} ${random.pick(THINGS)}`;
  const product = { id, code: `NEW-${String(id).padStart(4, '0')}`, name, price: random.between(500, 90_000) / 100 };
  world.products.push(product);
  const fields = { name, default_code: product.code, list_price: product.price };
  return [{ model: 'product.template', recordId: id, operation: 'create', fields, displayName: label(product) }];
}

/** A product gets another price. */
export function changePrice(world: World): Change[] {
  const { random, products } = world;
  const at = random.between(0, products.length - 1);
  const last = products[at];
  if (last === undefined) return [];
  const product = { ...last, price: Math.round(last.price * random.between(90, 112)) / 100 };
  products[at] = product;
  const fields = { name: product.name, default_code: product.code, list_price: product.price };
  const change = { model: 'product.template', recordId: product.id, fields, displayName: label(product) };
  return [{ ...change, changedFields: ['list_price'] }];
}

function phone({ random }: World): string {
  return `+1 555-${String(random.between(0, 9999)).padStart(4, '0')}`;
}
