-- Invoices: written once, with a number that follows the one before.

-- name: issue
SELECT invoice_issue(:order_id, :unit_price_cents, :amount_cents, :currency, :language, :now)

-- name: find_by_order
SELECT number, order_id, units, unit_price_cents, amount_cents, currency, language, issued_at
  FROM invoices
 WHERE order_id = :order_id
