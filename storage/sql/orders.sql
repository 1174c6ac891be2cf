-- Orders of allowances. Whatever changes one tells its owner in the same statement: an event holds all that is shown
-- of an order, for it may be gone when the event is read.

-- name: insert
-- Not for an account that is being deleted at this moment: its drafts are cancelled, and this one must not be missed.
WITH owner AS (
    SELECT id
      FROM accounts
     WHERE id = :account_id AND deleted_at IS NULL
       FOR SHARE
),
drafted AS (
    INSERT INTO orders (account_id, units, created_at, changed_at)
         SELECT id, :units, :now, :now
           FROM owner
      RETURNING id, account_id, units, state, created_at
),
told AS (
    INSERT INTO events (kind, account_id, subject, at)
         SELECT 'order', account_id,
                jsonb_build_object('orderId', id, 'units', units, 'state', state, 'createdAt', created_at), :now
           FROM drafted
)
SELECT id FROM drafted

-- name: list_by_account
-- In the order of their ids: what follows one, or what precedes another, the nearest to it.
WITH page AS (
    (SELECT id FROM orders
      WHERE CAST(:before AS bigint) IS NULL AND account_id = :account_id AND id > coalesce(CAST(:after AS bigint), 0)
      ORDER BY id
      LIMIT :most)
    UNION ALL
    (SELECT id FROM orders
      WHERE id < CAST(:before AS bigint) AND account_id = :account_id AND id > coalesce(CAST(:after AS bigint), 0)
      ORDER BY id DESC
      LIMIT :most)
)
SELECT o.id, o.account_id, o.units, o.state, o.created_at
  FROM page
  JOIN orders o ON o.id = page.id
 ORDER BY o.id

-- name: lock
SELECT id, account_id, units, state, created_at
  FROM orders
 WHERE id = :order_id AND account_id = coalesce(CAST(:account_id AS bigint), account_id)
   FOR NO KEY UPDATE

-- name: move
-- NULL leaves a column as it is.
WITH moved AS (
    UPDATE orders
       SET state = :target,
           units = coalesce(:units, units),
           invoice_number = coalesce(:invoice_number, invoice_number),
           posting_id = coalesce(:posting_id, posting_id),
           changed_at = :now
     WHERE id = :order_id AND state = :source
 RETURNING id, account_id, units, state, created_at
),
told AS (
    INSERT INTO events (kind, account_id, subject, at)
         SELECT 'order', account_id,
                jsonb_build_object('orderId', id, 'units', units, 'state', state, 'createdAt', created_at), :now
           FROM moved
)
SELECT id, account_id, units, state, created_at FROM moved

-- name: delete
WITH gone AS (
    DELETE FROM orders
     WHERE id = :order_id AND state = :source
 RETURNING id, account_id, units, created_at
),
told AS (
    INSERT INTO events (kind, account_id, subject, at)
         SELECT 'order', account_id,
                jsonb_build_object('orderId', id, 'units', units, 'state', CAST(:told AS text),
                                   'createdAt', created_at), :now
           FROM gone
)
SELECT count(*) FROM gone

-- name: cancel_drafts
-- The rows of an account whose row the caller holds.
WITH moved AS (
    UPDATE orders
       SET state = 'CANCELLED', changed_at = :now
     WHERE account_id = :account_id AND state = 'DRAFT'
 RETURNING id, account_id, units, state, created_at
),
told AS (
    INSERT INTO events (kind, account_id, subject, at)
         SELECT 'order', account_id,
                jsonb_build_object('orderId', id, 'units', units, 'state', state, 'createdAt', created_at), :now
           FROM moved
)
SELECT count(*) FROM moved
