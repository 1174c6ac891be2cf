-- name: list
SELECT id, name
  FROM communities
 WHERE (CAST(:after AS bigint) IS NULL OR id > :after)
   AND (CAST(:before AS bigint) IS NULL OR id < :before)
 ORDER BY id
 LIMIT :most

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
