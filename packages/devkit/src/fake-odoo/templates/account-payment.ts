import { template } from './template';

/** An account.payment as in `push-instant-rule-account.payment-create`. */
export const ACCOUNT_PAYMENT = template({
  no: `memo name is_sent is_matched is_reconciled payment_reference`,
  none: `move_id payment_token_id source_payment_id outstanding_account_id payment_transaction_id
    message_main_attachment_id paired_internal_transfer_payment_id`,
  lists: `invoice_ids attachment_ids website_message_ids`,
  values: {
    date: '2026-11-23',
    state: 'draft',
    amount: 123.45,
    company_id: { id: 1, name: 'My Company (San Francisco)' },
    journal_id: { id: 6, name: 'Bank' },
    partner_id: { id: 15, name: 'Azure Interior' },
    currency_id: { id: 1, name: 'USD' },
    partner_type: 'customer',
    payment_type: 'inbound',
    partner_bank_id: { id: 2, name: 'BANK134567890' },
    payment_method_id: { id: 1, name: 'Manual Payment' },
    destination_account_id: { id: 7, name: '121000 Account Receivable' },
    payment_method_line_id: { id: 1, name: 'Manual Payment (Bank)' },
    amount_company_currency_signed: 123.45,
  },
});
