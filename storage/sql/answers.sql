-- name: find
SELECT request_hash, status, CAST(headers AS text) AS headers, body
  FROM remembered_answers
 WHERE account_id = :account_id AND key_hash = :key_hash AND created_at > :since

-- name: lock
-- Held until the transaction ends. False: somebody else holds it.
SELECT pg_try_advisory_xact_lock(hashtextextended(encode(CAST(:key_hash AS bytea), 'hex'), CAST(:account_id AS bigint)))

-- name: upsert
-- A row of the same key that is here already is too old to count. Nothing is remembered of who is deleted meanwhile.
INSERT INTO remembered_answers (account_id, key_hash, request_hash, status, headers, body, created_at)
     SELECT id, :key_hash, :request_hash, :status, CAST(:headers AS jsonb), :body, :now
       FROM accounts
      WHERE id = :account_id AND deleted_at IS NULL
ON CONFLICT (account_id, key_hash) DO UPDATE
        SET request_hash = excluded.request_hash, status = excluded.status, headers = excluded.headers,
            body = excluded.body, created_at = excluded.created_at

-- name: delete_by_account
DELETE FROM remembered_answers
 WHERE account_id = :account_id
