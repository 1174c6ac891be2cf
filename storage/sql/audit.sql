-- name: insert
INSERT INTO audit (at, act, actor, actor_id, account_id, api, address, details)
     VALUES (:now, :act, :actor, :actor_id, :account_id, :api, :address, CAST(:details AS jsonb))

-- name: list
-- After an entry the next ones; before one the nearest. Only one of the two halves is ever run.
WITH page AS (
    (SELECT id
       FROM audit
      WHERE (CAST(:account_id AS bigint) IS NULL OR account_id = :account_id OR actor_id = :account_id)
        AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
        AND CAST(:before AS bigint) IS NULL AND id > coalesce(CAST(:after AS bigint), 0)
      ORDER BY id
      LIMIT :most)
    UNION ALL
    (SELECT id
       FROM audit
      WHERE (CAST(:account_id AS bigint) IS NULL OR account_id = :account_id OR actor_id = :account_id)
        AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
        AND id < CAST(:before AS bigint) AND id > coalesce(CAST(:after AS bigint), 0)
      ORDER BY id DESC
      LIMIT :most)
)
SELECT a.id, a.at, a.act, a.actor, a.actor_id, a.account_id, a.api, a.address, a.details
  FROM page
  JOIN audit a ON a.id = page.id
 ORDER BY a.id

-- name: find_act
SELECT EXISTS (SELECT 1 FROM audit WHERE act = :act AND details ->> 'name' = CAST(:name AS text))
