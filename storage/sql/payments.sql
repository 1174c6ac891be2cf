-- name: pay
SELECT outcome, posting_id
  FROM ledger_pay(:account_id, :beneficiary_id, :ad_id, :units, :description, :now)

-- name: list_by_account
-- Newest first, after the entry `start_id` of that order. The ids of the page first, from the two ends of the wallet's
-- own index; people are joined to them afterwards.
WITH mine AS (
    SELECT w.id
      FROM wallets w
      JOIN assets s ON s.id = w.asset_id
     WHERE w.account_id = :account_id AND w.kind = 'holder' AND s.kind = 'token'
),
page AS (
    (SELECT id
       FROM postings
      WHERE debit_wallet_id = (SELECT id FROM mine) AND kind = 'payment'
        AND (CAST(:start_id AS bigint) IS NULL OR id < CAST(:start_id AS bigint))
      ORDER BY id DESC
      LIMIT :most)
    UNION ALL
    (SELECT id
       FROM postings
      WHERE credit_wallet_id = (SELECT id FROM mine) AND kind = 'payment'
        AND (CAST(:start_id AS bigint) IS NULL OR id < CAST(:start_id AS bigint))
      ORDER BY id DESC
      LIMIT :most)
)
SELECT t.*
  FROM (SELECT id FROM page ORDER BY id DESC LIMIT :most) shown
  JOIN transaction_records t ON t.id = shown.id
 ORDER BY t.id DESC

-- name: find_many
SELECT *
  FROM transaction_records
 WHERE id = ANY (CAST(:posting_ids AS bigint[]))

-- name: list_pending
-- What waits for its settlement, oldest first: told to an engine before (`is_submitted`), or not yet.
SELECT id AS posting_id, asset_id, debit_wallet_id, credit_wallet_id, units, reference
  FROM postings
 WHERE state = 'pending' AND id > :after_id AND created_at <= :until AND (reference IS NOT NULL) = :is_submitted
 ORDER BY id
 LIMIT :most

-- name: refer
SELECT ledger_refer(CAST(:posting_ids AS bigint[]), CAST(:names AS text[]))

-- name: settle
SELECT ledger_settle(CAST(:posting_ids AS bigint[]), :is_posted, :now)
