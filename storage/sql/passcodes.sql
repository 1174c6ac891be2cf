-- name: upsert
-- Another one takes the place of what was mailed before, with room for failures of its own.
INSERT INTO passcodes (account_id, secret_hash, email, created_at, expires_at)
     VALUES (:account_id, :secret_hash, :email, :now, :expires_at)
ON CONFLICT (account_id) DO UPDATE
        SET secret_hash = excluded.secret_hash, email = excluded.email, failures = 0,
            created_at = excluded.created_at, expires_at = excluded.expires_at, ended_at = NULL

-- name: try
SELECT passcode_try(:account_id, :secret_hash, :failures_max, :now)

-- name: use
-- Once, however many try at once.
UPDATE passcodes p
   SET ended_at = :now
 WHERE p.account_id = :account_id AND p.secret_hash = :secret_hash AND p.failures < :failures_max
   AND passcode_holds(p, :now)

-- name: void
UPDATE passcodes
   SET ended_at = :now
 WHERE account_id = :account_id AND ended_at IS NULL

-- name: delete
DELETE FROM passcodes
 WHERE account_id = :account_id
