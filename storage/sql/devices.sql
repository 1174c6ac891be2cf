-- Phones that accounts are pushed to.

-- name: upsert
INSERT INTO devices (account_id, token, session_id, bound_at)
     VALUES (:account_id, :token, :session_id, :now)
ON CONFLICT (account_id) DO UPDATE
        SET token = excluded.token, session_id = excluded.session_id, bound_at = excluded.bound_at

-- name: find_token
SELECT token
  FROM devices
 WHERE account_id = :account_id

-- name: delete
DELETE FROM devices
 WHERE account_id = :account_id

-- name: delete_left
-- The session that registered the phone may have ended some time ago, by signing in anew on it.
DELETE FROM devices d
 WHERE d.account_id = :account_id
   AND NOT EXISTS (SELECT FROM sessions s WHERE s.id = d.session_id AND s.account_id = d.account_id)
