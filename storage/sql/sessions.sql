-- name: find_many
-- Session and account in one statement, for all who ask in the same turn of the loop. A session of nobody (a browser
-- that followed a reset link) has no account. The id is the last column of the session's part.
SELECT s.token_hash, s.id AS session_id, s.api, s.created_at AS opened_at, s.last_seen_at, s.expires_at, a.*
  FROM sessions s
  LEFT JOIN account_records a ON a.id = s.account_id
 WHERE s.token_hash = ANY(CAST(:token_hashes AS bytea[]))
   AND s.expires_at > :now AND (s.last_seen_at > :idle_since OR NOT s.idles)
   AND a.disabled_at IS NULL AND a.deleted_at IS NULL

-- name: insert
-- Only while the password is still the one that was checked: whoever changes it meanwhile ends every session, and this
-- one must not slip through behind it.
WITH checked AS (
    SELECT id
      FROM accounts
     WHERE id = :account_id AND disabled_at IS NULL AND deleted_at IS NULL
       AND (CAST(:password_hash AS text) IS NULL OR password_hash = :password_hash)
       FOR SHARE
)
INSERT INTO sessions (token_hash, api, account_id, created_at, last_seen_at, expires_at, address, user_agent)
     SELECT :token_hash, :api, id, :now, :now, :expires_at, :address, :user_agent
       FROM checked
  RETURNING id

-- name: insert_nobody
INSERT INTO sessions (token_hash, api, created_at, last_seen_at, expires_at, address, user_agent)
     VALUES (:token_hash, :api, :now, :now, :expires_at, :address, :user_agent)
  RETURNING id

-- name: touch
UPDATE sessions
   SET last_seen_at = :now
 WHERE id = ANY(CAST(:session_ids AS bigint[])) AND last_seen_at < :now
   AND (last_seen_at > :idle_since OR NOT idles)

-- name: update_lasting
UPDATE sessions
   SET idles = false, expires_at = :expires_at
 WHERE id = :session_id

-- name: lock
SELECT id
  FROM sessions
 WHERE id = :session_id
   FOR KEY SHARE

-- name: find_of
SELECT id
  FROM sessions
 WHERE id = :session_id AND account_id = :account_id
   FOR UPDATE

-- name: delete
DELETE FROM sessions
 WHERE id = :session_id
RETURNING account_id

-- name: delete_by_account
-- All of an account but the one that did it, if any.
DELETE FROM sessions
 WHERE account_id = :account_id AND id IS DISTINCT FROM CAST(:but_id AS bigint)
RETURNING id

-- name: delete_by_api
DELETE FROM sessions
 WHERE account_id = :account_id AND api = :api
RETURNING id

-- name: lock_chosen
-- Of two who take each other's token, one would wait for the other, for ever.
SELECT pg_advisory_xact_lock(hashtext('chosen tokens'))

-- name: find_expired
SELECT id
  FROM sessions
 WHERE token_hash = :token_hash AND (expires_at <= :now OR idles AND last_seen_at <= :idle_since)

-- name: update_token
UPDATE sessions
   SET token_hash = :token_hash
 WHERE id = :session_id AND token_hash = :former_hash

-- name: list_by_account
SELECT id, api, created_at, last_seen_at, user_agent, address
  FROM sessions
 WHERE account_id = :account_id AND expires_at > :now AND (last_seen_at > :idle_since OR NOT idles)
 ORDER BY id

-- name: insert_grant
INSERT INTO grants (session_id, account_id, expires_at)
     VALUES (:session_id, :account_id, :expires_at)
ON CONFLICT (session_id) DO UPDATE
        SET account_id = excluded.account_id, expires_at = excluded.expires_at

-- name: find_grant
-- An account that was shut out since the link was followed is nobody's to change.
SELECT g.account_id
  FROM grants g
  JOIN accounts a ON a.id = g.account_id
 WHERE g.session_id = :session_id AND g.expires_at > :now AND a.disabled_at IS NULL AND a.deleted_at IS NULL

-- name: delete_grant
DELETE FROM grants g
 USING accounts a
 WHERE g.session_id = :session_id AND g.account_id = :account_id AND g.expires_at > :now
   AND a.id = g.account_id AND a.disabled_at IS NULL AND a.deleted_at IS NULL

-- name: delete_grants_by_account
DELETE FROM grants
 WHERE account_id = :account_id
