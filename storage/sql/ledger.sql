-- name: insert_token
-- A community's token and the wallet it is issued from.
WITH token AS (
    INSERT INTO assets (kind, community_id, decimals)
         VALUES ('token', :community_id, 2)
      RETURNING id
)
INSERT INTO wallets (asset_id, kind)
     SELECT id, 'issuance' FROM token

-- name: insert_holder_of_token
INSERT INTO wallets (asset_id, kind, account_id)
     SELECT id, 'holder', :account_id
       FROM assets
      WHERE kind = 'token' AND community_id = :community_id
ON CONFLICT DO NOTHING

-- name: mint_token
SELECT ledger_mint(id, :account_id, :units, :description, :now)
  FROM assets
 WHERE kind = 'token' AND community_id = :community_id

-- name: issue
SELECT outcome, posting_id
  FROM ledger_issue(:kind, :account_id, :units, :reason, :description, :now)

-- name: transfer
SELECT outcome, posting_id
  FROM ledger_transfer(:kind, :account_id, :recipient_id, :units, :description, :now)

-- name: spend
SELECT outcome, posting_id
  FROM ledger_spend(:kind, :account_id, :units, :description, :now)

-- name: find_available
SELECT w.settled - w.pending_debits
  FROM wallets w
  JOIN assets s ON s.id = w.asset_id
 WHERE w.account_id = :account_id AND w.kind = 'holder' AND s.kind = :kind

-- name: list_movements
-- Newest first, after the entry `start_id` of that order. The ids of the page first, from the two ends of each wallet's
-- own index; what belongs to them is joined afterwards.
WITH mine AS (
    SELECT w.id
      FROM wallets w
      JOIN assets s ON s.id = w.asset_id
     WHERE w.account_id = :account_id AND w.kind = 'holder' AND s.kind = :kind
),
page AS (
    (SELECT id
       FROM postings
      WHERE debit_wallet_id = (SELECT id FROM mine)
        AND (CAST(:start_id AS bigint) IS NULL OR id < CAST(:start_id AS bigint))
      ORDER BY id DESC
      LIMIT :most)
    UNION ALL
    (SELECT id
       FROM postings
      WHERE credit_wallet_id = (SELECT id FROM mine)
        AND (CAST(:start_id AS bigint) IS NULL OR id < CAST(:start_id AS bigint))
      ORDER BY id DESC
      LIMIT :most)
)
SELECT p.id AS posting_id, p.created_at AS at, d.account_id AS from_account_id, c.account_id AS to_account_id,
       p.kind, p.description, p.units, p.state
  FROM (SELECT id FROM page ORDER BY id DESC LIMIT :most) shown
  JOIN postings p ON p.id = shown.id
  JOIN wallets d ON d.id = p.debit_wallet_id
  JOIN wallets c ON c.id = p.credit_wallet_id
 ORDER BY p.id DESC

-- name: verify
SELECT noun, row_id, reason
  FROM ledger_verify()

-- name: allow_time
-- For the rest of the transaction.
SELECT set_config('statement_timeout', :milliseconds, true)

-- name: list_entries
-- Of all wallets of an account, each wallet's in their order, after the entry at `after_place` of `after_wallet_id`.
SELECT e.wallet_id, e.place, p.id AS posting_id, p.created_at AS at, p.settled_at, s.kind AS asset, s.decimals,
       p.kind AS reason, p.description, e.amount, e.balance
  FROM wallets w
  JOIN assets s ON s.id = w.asset_id
  JOIN entries e ON e.wallet_id = w.id
  JOIN postings p ON p.id = e.posting_id
 WHERE w.account_id = :account_id
   AND (e.wallet_id, e.place) > (CAST(:after_wallet_id AS bigint), CAST(:after_place AS bigint))
 ORDER BY e.wallet_id, e.place
 LIMIT :most
