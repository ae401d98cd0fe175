import type { Change } from '../change';
import { naiveDay, naiveSeconds } from '../naive-time';
import { NONE } from '../templates/index';
import type { Partner } from './catalogue';
import { label, type Line, type World } from './world';

/** Goods that leave for a customer or come from a vendor. */
export interface Transfer {
  readonly pickingId: number;
  readonly name: string;
  /** The order's name and reference. */
  readonly origin: string;
  readonly order: { readonly id: number; readonly name: string };
  readonly partner: Partner;
  readonly lines: readonly Line[];
  readonly direction: 'out' | 'in';
}

const BOT = { id: 1, name: 'OdooBot' };
const STOCK = { id: 8, name: 'WH/Stock' };
const VENDORS = { id: 4, name: 'Partners/Vendors' };
const CUSTOMERS = { id: 5, name: 'Partners/Customers' };

/** The moves and the picking that confirming an order brings with it; made by the system, not by the user. */
export function planTransfer(world: World, transfer: Transfer): Change[] {
  const time = naiveSeconds(world.now());
  const user = transfer.direction === 'out' ? { user: BOT } : {};
  const moves = transfer.lines.map((line) => ({
    ...move(transfer, line),
    operation: 'create' as const,
    displayName: `${line.product.code}: ${route(transfer)}`,
    fields: { ...moveFields(transfer, line), date: time, date_deadline: time },
    ...user,
  }));
  const fields = { ...pickingFields(transfer), date: time, scheduled_date: time };
  return [...moves, { model: 'stock.picking', recordId: transfer.pickingId, operation: 'create', fields, user: BOT }];
}

/** Somebody in the warehouse hands the goods over, or takes them in. */
export function doneTransfer(world: World, transfer: Transfer): Change[] {
  const time = naiveSeconds(world.now());
  const picking = { id: transfer.pickingId, name: transfer.name };
  const moves = transfer.lines.map((line) => ({
    ...move(transfer, line),
    changedFields: ['picked'],
    fields: {
      state: 'done',
      picked: true,
      date: time,
      quantity: line.quantity,
      reference: transfer.name,
      picking_id: picking,
      move_line_ids: [{ id: world.nextId('stock.move.line'), name: label(line.product) }],
      reservation_date: naiveDay(world.now()),
    },
  }));
  const relations = transfer.lines.map((line) => ({
    id: line.moveId,
    name: `${transfer.origin}/${line.product.code}: ${route(transfer)}`,
  }));
  const fields = {
    state: 'done',
    date_done: time,
    date_deadline: time,
    group_id: transfer.order,
    ...(transfer.direction === 'out' ? { sale_id: transfer.order } : {}),
    move_ids: relations,
    move_ids_without_package: relations,
  };
  return [...moves, { model: 'stock.picking', recordId: transfer.pickingId, changedFields: ['is_locked'], fields }];
}

function move(transfer: Transfer, line: Line): Change & { recordId: number } {
  const displayName = `${transfer.origin}/${line.product.code}: ${route(transfer)}`;
  return { model: 'stock.move', recordId: line.moveId, displayName };
}

function moveFields(transfer: Transfer, line: Line): NonNullable<Change['fields']> {
  const name = label(line.product);
  const common = {
    name,
    origin: transfer.origin,
    group_id: transfer.order,
    reference: name,
    product_id: { id: line.product.id, name },
    product_qty: line.quantity,
    product_uom_qty: line.quantity,
    description_picking: line.product.name,
  };
  if (transfer.direction === 'out') {
    const saleLine = { id: line.id, name: `${transfer.order.name} - ${name} (${transfer.partner.name})` };
    return { ...common, partner_id: transfer.partner, sale_line_id: saleLine };
  }
  const places = { location_id: VENDORS, location_dest_id: STOCK, location_final_id: STOCK };
  const bought = { purchase_line_id: { id: line.id, name }, picking_type_id: RECEIPTS, price_unit: line.product.price };
  return { ...common, ...places, ...bought, rule_id: NONE, partner_id: NONE, sale_line_id: NONE };
}

const RECEIPTS = { id: 1, name: 'YourCompany: Receipts' };

function pickingFields({ name, origin, partner, direction }: Transfer): NonNullable<Change['fields']> {
  const common = { name, origin, partner_id: partner };
  if (direction === 'out') return { ...common, location_dest_id: CUSTOMERS };
  return { ...common, location_id: VENDORS, location_dest_id: STOCK, picking_type_id: RECEIPTS };
}

function route({ direction }: Transfer): string {
  return direction === 'out' ? 'Stock>Customers' : 'Vendors>Stock';
}
