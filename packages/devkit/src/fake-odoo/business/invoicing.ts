import type { Change } from '../change';
import { naiveDay } from '../naive-time';
import type { Sale, Step } from './step';
import { label, token, type World } from './world';

/** A customer's invoice for one sale. */
export interface Invoice {
  readonly id: number;
  readonly sale: Sale;
  readonly amount: number;
}

/** A draft invoice; the addon reports its creation as `write` (README §1). */
export function invoiceSale(world: World, invoice: Invoice): Step {
  const { id, sale, amount } = invoice;
  const { partner } = sale;
  const lines = sale.lines.map((line) => ({ id: world.nextId('account.move.line'), name: `/ ${label(line.product)}` }));
  const fields = {
    ...amounts(amount),
    date: naiveDay(world.now()),
    partner_id: partner,
    partner_shipping_id: partner,
    commercial_partner_id: partner,
    invoice_partner_display_name: partner.name,
    invoice_origin: sale.name,
    invoice_date_due: naiveDay(world.now(), 30),
    invoice_line_ids: lines,
    line_ids: [...lines, { id: world.nextId('account.move.line'), name: '/' }],
  };
  const displayName = 'Draft Invoice ';
  return {
    changes: [{ model: 'account.move', recordId: id, operation: 'create', fields, displayName }],
    next: () => postInvoice(world, invoice),
  };
}

function postInvoice(world: World, invoice: Invoice): Step {
  const year = world.now().getUTCFullYear();
  const name = `INV/${year}/${String(invoice.id).padStart(5, '0')}`;
  const fields = {
    name,
    state: 'posted',
    posted_before: true,
    invoice_date: naiveDay(world.now()),
    payment_reference: name,
    sequence_prefix: `INV/${year}/`,
    sequence_number: invoice.id,
    access_token: token(world.random),
  };
  const written: Change = {
    model: 'account.move',
    recordId: invoice.id,
    fields,
    changedFields: ['state', 'posted_before'],
  };
  return { changes: [written], next: () => draftPayment(world, invoice, name) };
}

function draftPayment(world: World, invoice: Invoice, name: string): Step {
  const id = world.nextId('account.payment');
  const { amount, sale } = invoice;
  const fields = {
    date: naiveDay(world.now()),
    amount,
    amount_company_currency_signed: amount,
    partner_id: sale.partner,
    memo: name,
  };
  const payment: Change = {
    model: 'account.payment',
    recordId: id,
    operation: 'create',
    fields,
    displayName: 'Draft Payment',
  };
  return { changes: [payment], next: () => settle(world, invoice, id) };
}

function settle(world: World, { id, amount }: Invoice, paymentId: number): Step {
  const name = `PBNK1/${world.now().getUTCFullYear()}/${String(paymentId).padStart(5, '0')}`;
  const paid = { payment_state: 'paid', amount_residual: 0, amount_residual_signed: 0 };
  return {
    changes: [
      { model: 'account.payment', recordId: paymentId, fields: { name, state: 'paid' }, changedFields: ['state'] },
      {
        model: 'account.move',
        recordId: id,
        fields: { ...paid, amount_total: amount },
        changedFields: ['payment_state'],
      },
    ],
  };
}

function amounts(amount: number): NonNullable<Change['fields']> {
  return {
    amount_total: amount,
    amount_untaxed: amount,
    amount_residual: amount,
    amount_total_signed: amount,
    amount_untaxed_signed: amount,
    amount_residual_signed: amount,
    amount_total_in_currency_signed: amount,
    amount_untaxed_in_currency_signed: amount,
  };
}
