-- What is kept about one person, for the archive that they take along: of everything that may be long a page by ids.

-- name: find_particulars
SELECT gender, city, state, zip_code, organization, emissions, updated_at
  FROM accounts
 WHERE id = :account_id

-- name: list_phones
SELECT bound_at
  FROM devices
 WHERE account_id = :account_id

-- name: list_galleries
SELECT authorized_at
  FROM galleries
 WHERE account_id = :account_id

-- name: list_images
SELECT image_id AS id, instagram_url, raw_image_url, width_pixels, height_pixels, added_at
  FROM gallery_images
 WHERE account_id = :account_id AND image_id > :after
 ORDER BY image_id
 LIMIT :most

-- name: list_ads
SELECT id, community_id, type, title, description, points, location, photo, created_at
  FROM ad_records
 WHERE author_id = :account_id AND id > :after
 ORDER BY id
 LIMIT :most

-- name: list_threads
-- Those that they are in: what became of one that they left is not theirs to know.
WITH page AS (
    SELECT thread_id
      FROM memberships
     WHERE account_id = :account_id AND left_event_id IS NULL AND thread_id > :after
     ORDER BY thread_id
     LIMIT :most
)
SELECT t.id, t.kind, t.title, t.created_at,
       (SELECT CAST(json_agg(p ORDER BY s.joined_event_id, s.place) AS text)
          FROM memberships s
          JOIN person_records p ON p.id = s.account_id
         WHERE s.thread_id = t.id AND s.left_event_id IS NULL) AS people
  FROM page
  JOIN threads t ON t.id = page.thread_id
 ORDER BY t.id

-- name: list_thread_ids
-- Those that they are or ever were in, and may have said something in.
SELECT DISTINCT thread_id
  FROM memberships
 WHERE account_id = :account_id
 ORDER BY thread_id

-- name: list_messages
-- Of one thread: that way there is an index to walk along.
SELECT id, thread_id, text, created_at
  FROM messages
 WHERE thread_id = :thread_id AND author_id = :account_id AND id > :after
 ORDER BY id
 LIMIT :most

-- name: list_balances
SELECT s.kind AS asset, s.community_id, s.decimals, w.settled, w.settled - w.pending_debits AS available
  FROM wallets w
  JOIN assets s ON s.id = w.asset_id
 WHERE w.account_id = :account_id
 ORDER BY w.id

-- name: list_movements
-- Each wallet has its own two walks: what left it, and what came to it.
WITH own AS (
    SELECT id FROM wallets WHERE account_id = :account_id
),
page AS (
    SELECT p.id
      FROM own
     CROSS JOIN LATERAL (
               (SELECT id FROM postings WHERE debit_wallet_id = own.id AND id > :after ORDER BY id LIMIT :most)
               UNION ALL
               (SELECT id FROM postings WHERE credit_wallet_id = own.id AND id > :after ORDER BY id LIMIT :most)
           ) p
     ORDER BY p.id
     LIMIT :most
)
SELECT p.id, s.kind AS asset, s.community_id, s.decimals, p.kind, d.account_id AS from_account_id,
       c.account_id AS to_account_id, p.units, p.description, p.state, p.created_at, p.settled_at
  FROM page
  JOIN postings p ON p.id = page.id
  JOIN assets s ON s.id = p.asset_id
  JOIN wallets d ON d.id = p.debit_wallet_id
  JOIN wallets c ON c.id = p.credit_wallet_id
 ORDER BY p.id

-- name: list_orders
SELECT o.id, o.state, o.units, o.created_at, o.changed_at, i.number AS invoice_number, i.amount_cents, i.currency,
       i.issued_at
  FROM orders o
  LEFT JOIN invoices i ON i.number = o.invoice_number
 WHERE o.account_id = :account_id AND o.id > :after
 ORDER BY o.id
 LIMIT :most

-- name: list_waiting
SELECT w.asked_at, w.confirmed_at, w.approved_at
  FROM waitlist w
  JOIN accounts a ON lower(a.email) = lower(w.email)
 WHERE a.id = :account_id
