-- name: insert
INSERT INTO codes (purpose, secret_hash, account_id, email, created_at, expires_at)
     VALUES (:purpose, :secret_hash, :account_id, :email, :now, :expires_at)

-- name: find
-- Expired and voided ones too: where they lead depends on whether the account still is.
SELECT c.id, c.account_id, c.email, c.expires_at, c.voided_at,
       a.deleted_at IS NOT NULL AS account_gone,
       a.disabled_at IS NOT NULL AS account_disabled,
       a.email IS NOT NULL AND lower(a.email) = lower(c.email) AS email_current
  FROM codes c
  JOIN accounts a ON a.id = c.account_id
 WHERE c.purpose = :purpose AND c.secret_hash = :secret_hash

-- name: void
UPDATE codes
   SET voided_at = :now
 WHERE account_id = :account_id AND purpose = ANY(CAST(:purposes AS text[])) AND voided_at IS NULL

-- name: void_all
UPDATE codes
   SET voided_at = :now
 WHERE account_id = :account_id AND voided_at IS NULL

-- name: forget_addresses
UPDATE codes
   SET email = ''
 WHERE account_id = :account_id
