-- name: insert
INSERT INTO audit (at, act, actor, actor_id, account_id, api, address, details)
     VALUES (:now, :act, :actor, :actor_id, :account_id, :api, :address, CAST(:details AS jsonb))

-- name: list
SELECT id, at, act, actor, actor_id, account_id, api, address, details
  FROM audit
 WHERE (CAST(:account_id AS bigint) IS NULL OR account_id = :account_id OR actor_id = :account_id)
   AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
 ORDER BY id
 LIMIT :most

-- name: find_act
SELECT EXISTS (SELECT 1 FROM audit WHERE act = :act AND details ->> 'name' = CAST(:name AS text))
