-- name: insert
INSERT INTO tickets (secret_hash, session_id, expires_at)
     VALUES (:secret_hash, :session_id, :expires_at)

-- name: take
-- Whoever takes it has it: it is gone for everybody else, also when it is too old.
WITH taken AS (
    DELETE FROM tickets
     WHERE secret_hash = :secret_hash
 RETURNING session_id, expires_at
)
SELECT s.token_hash, s.id AS session_id, s.api, s.created_at AS opened_at, s.last_seen_at, s.expires_at, a.*
  FROM taken t
  JOIN sessions s ON s.id = t.session_id
  JOIN account_records a ON a.id = s.account_id
 WHERE t.expires_at > :now AND s.expires_at > :now AND (s.last_seen_at > :idle_since OR NOT s.idles)
   AND a.disabled_at IS NULL AND a.deleted_at IS NULL
