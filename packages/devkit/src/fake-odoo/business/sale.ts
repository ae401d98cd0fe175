import type { Change } from '../change';
import { naiveDay, naiveSeconds } from '../naive-time';
import { invoiceSale, type Invoice } from './invoicing';
import type { Sale, Step } from './step';
import { doneTransfer, planTransfer, type Transfer } from './transfers';
import { amountOf, label, newLines, numbered, token, type World } from './world';

/** A customer asks for an offer. */
export function quote(world: World): Step {
  const id = world.nextId('sale.order');
  const sale: Sale = {
    id,
    name: numbered('S', id),
    partner: world.random.pick(world.partners),
    lines: newLines(world, 'sale.order.line'),
    reference: `PO-${world.random.between(100, 9999)}`,
  };
  const changes: Change[] = [
    { model: 'sale.order', recordId: id, operation: 'create', fields: quoteFields(world, sale) },
  ];
  const next = world.random.chance(0.3) ? () => revise(world, sale) : () => confirm(world, sale);
  return { changes, next };
}

function quoteFields(world: World, { name, partner, lines, reference }: Sale): NonNullable<Change['fields']> {
  const amount = amountOf(lines);
  return {
    name,
    partner_id: partner,
    partner_invoice_id: partner,
    partner_shipping_id: partner,
    order_line: lines.map(({ id, product }) => ({ id, name: `${name} - ${label(product)} (${partner.name})` })),
    amount_total: amount,
    amount_untaxed: amount,
    date_order: naiveSeconds(world.now()),
    validity_date: naiveDay(world.now(), 30),
    client_order_ref: reference,
  };
}

function revise(world: World, sale: Sale): Step {
  const fields = { client_order_ref: `${sale.reference}-B`, note: '<p>rush</p>' };
  return { changes: [{ model: 'sale.order', recordId: sale.id, fields }], next: () => confirm(world, sale) };
}

function confirm(world: World, sale: Sale): Step {
  const pickingId = world.nextId('stock.picking');
  const { id, name, partner, lines } = sale;
  const origin = `${name} - ${sale.reference}`;
  const transfer: Transfer = {
    pickingId,
    name: numbered('WH/OUT/', pickingId),
    origin,
    order: { id, name },
    partner,
    lines,
    direction: 'out',
  };
  const fields = {
    state: 'sale',
    date_order: naiveSeconds(world.now()),
    access_token: token(world.random),
    procurement_group_id: { id, name },
    picking_ids: [{ id: pickingId, name: transfer.name }],
    invoice_status: 'to invoice',
  };
  const written: Change = { model: 'sale.order', recordId: id, fields, changedFields: ['state', 'date_order'] };
  return { changes: [written, ...planTransfer(world, transfer)], next: () => deliver(world, sale, transfer) };
}

function deliver(world: World, sale: Sale, transfer: Transfer): Step {
  const invoice: Invoice = { id: world.nextId('account.move'), sale, amount: amountOf(sale.lines) };
  return { changes: doneTransfer(world, transfer), next: () => invoiceSale(world, invoice) };
}
