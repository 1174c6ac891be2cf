-- name: list
-- After an entry the next ones; before one the nearest.
WITH page AS (
    (SELECT id FROM communities
      WHERE CAST(:before AS bigint) IS NULL AND id > coalesce(CAST(:after AS bigint), 0)
      ORDER BY id
      LIMIT :most)
    UNION ALL
    (SELECT id FROM communities
      WHERE id < CAST(:before AS bigint) AND id > coalesce(CAST(:after AS bigint), 0)
      ORDER BY id DESC
      LIMIT :most)
)
SELECT c.id, c.name
  FROM page
  JOIN communities c ON c.id = page.id
 ORDER BY c.id

-- name: find_by_id
SELECT id, name
  FROM communities
 WHERE id = :community_id

-- name: find_by_name
SELECT id, name
  FROM communities
 WHERE lower(name) = lower(CAST(:name AS text))

-- name: insert
INSERT INTO communities (name, created_at)
     VALUES (:name, :now)
  RETURNING id

-- name: find_coordinator
SELECT id
  FROM accounts
 WHERE community_id = :community_id AND is_coordinator
