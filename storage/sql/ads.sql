-- name: insert
INSERT INTO ads (community_id, author_id, type, title, description, points, location, created_at)
     VALUES (:community_id, :author_id, :type, :title, :description, :points, :location, :now)
  RETURNING id

-- name: find_in_community
SELECT *
  FROM ad_records
 WHERE id = :ad_id AND community_id = :community_id

-- name: list
SELECT *
  FROM ad_records
 WHERE community_id = :community_id
   AND (CAST(:author_id AS bigint) IS NULL OR author_id = :author_id)
   AND (CAST(:pattern AS text) IS NULL
        OR lower(title) LIKE lower(:pattern) OR lower(description) LIKE lower(:pattern)
        OR lower(author_first_name) LIKE lower(:pattern) OR lower(author_last_name) LIKE lower(:pattern)
        OR lower(concat(author_last_name, ' ', author_first_name)) LIKE lower(:pattern))
   AND (CAST(:after AS bigint) IS NULL OR id > :after)
   AND (CAST(:before AS bigint) IS NULL OR id < :before)
 ORDER BY id
 LIMIT :most

-- name: list_newest
-- The same from the other end: the newest that come before an id.
SELECT *
  FROM ad_records
 WHERE community_id = :community_id
   AND (CAST(:author_id AS bigint) IS NULL OR author_id = :author_id)
   AND (CAST(:pattern AS text) IS NULL
        OR lower(title) LIKE lower(:pattern) OR lower(description) LIKE lower(:pattern)
        OR lower(author_first_name) LIKE lower(:pattern) OR lower(author_last_name) LIKE lower(:pattern)
        OR lower(concat(author_last_name, ' ', author_first_name)) LIKE lower(:pattern))
   AND id < :before
 ORDER BY id DESC
 LIMIT :most

-- name: is_by
SELECT EXISTS (SELECT FROM ads WHERE id = :ad_id AND author_id = :author_id)

-- name: lock_by
SELECT id
  FROM ads
 WHERE id = :ad_id AND author_id = :author_id
   FOR NO KEY UPDATE

-- name: update_photo
-- Answers the former one. The row is locked by the caller, so the two looks at it see the same.
UPDATE ads a
   SET photo = :name
  FROM ads former
 WHERE a.id = :ad_id AND former.id = a.id
RETURNING former.photo

-- name: delete_by_author
DELETE FROM ads
 WHERE author_id = :author_id
