import { template } from './template';

/** A res.partner as in `push-cron-config-res.partner-write`. */
export const RES_PARTNER = template({
  no: `tz ref vat zip email phone mobile street barcode comment street2 employee image_128 image_256 image_512
    image_1024 image_1920 is_company peppol_eas signup_type company_name sale_warn_msg additional_info
    peppol_endpoint phone_sanitized company_registry email_normalized invoice_warn_msg picking_warn_msg
    purchase_warn_msg phone_mobile_search invoice_sending_method receipt_reminder_email commercial_company_name
    invoice_edi_format_store ignore_abnormal_invoice_date ignore_abnormal_invoice_amount
    display_invoice_template_pdf_report_id`,
  none: `title user_id buyer_id state_id parent_id company_id country_id industry_id property_payment_term_id
    property_account_position_id property_purchase_currency_id invoice_template_pdf_report_id
    property_supplier_payment_term_id specific_property_product_pricelist property_inbound_payment_method_line_id
    property_outbound_payment_method_line_id`,
  lists: `bank_ids user_ids child_ids category_id channel_ids invoice_ids contract_ids employee_ids sale_order_ids
    ref_company_ids payment_token_ids purchase_line_ids starred_message_ids website_message_ids`,
  values: {
    city: 'Lyon',
    lang: 'en_US',
    name: 'Case 30',
    type: 'contact',
    color: 0,
    trust: 'normal',
    active: true,
    website: 'https://example.test/94',
    function: 'Buyer',
    sale_warn: 'no-message',
    debit_limit: 0,
    partner_gid: 0,
    credit_limit: 0,
    invoice_warn: 'no-message',
    picking_warn: 'no-message',
    complete_name: 'Case 30',
    customer_rank: 0,
    partner_share: true,
    purchase_warn: 'no-message',
    supplier_rank: 0,
    autopost_bills: 'ask',
    message_bounce: 0,
    partner_latitude: 0,
    partner_longitude: 0,
    commercial_partner_id: { id: 94, name: 'Case 30' },
    property_stock_customer: { id: 5, name: 'Partners/Customers' },
    property_stock_supplier: { id: 4, name: 'Partners/Vendors' },
    display_invoice_edi_format: true,
    property_account_payable_id: { id: 16, name: '211000 Account Payable' },
    reminder_date_before_receipt: 1,
    property_account_receivable_id: { id: 7, name: '121000 Account Receivable' },
  },
});
