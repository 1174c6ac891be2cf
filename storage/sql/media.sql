-- Names of pictures, and what became of their contents.

-- name: hold
-- Until the transaction ends nobody removes files of this content.
SELECT media_hold(CAST(:content_hash AS bytea))

-- name: insert
INSERT INTO media (name, account_id, content_hash, content_type, created_at)
     VALUES (:name, :account_id, :content_hash, :content_type, :now)

-- name: find
SELECT name, content_hash, content_type
  FROM media
 WHERE name = :name

-- name: delete
-- The content's name is written down before the row is gone, so that no crash forgets the file. An update and not
-- nothing where it is written down already: it waits for whoever is about to remove the file, and says it again.
WITH gone AS (
    DELETE FROM media
     WHERE name = :name
 RETURNING content_hash
)
INSERT INTO media_leftovers (content_hash)
     SELECT content_hash FROM gone
ON CONFLICT (content_hash) DO UPDATE
        SET content_hash = excluded.content_hash

-- name: delete_by_account
WITH gone AS (
    DELETE FROM media
     WHERE account_id = :account_id
 RETURNING content_hash
)
INSERT INTO media_leftovers (content_hash)
     SELECT DISTINCT content_hash FROM gone
      ORDER BY content_hash
ON CONFLICT (content_hash) DO UPDATE
        SET content_hash = excluded.content_hash

-- name: list_leftovers
SELECT content_hash
  FROM media_leftovers
 LIMIT :most

-- name: list_known
-- Which of these contents have a name.
SELECT DISTINCT content_hash
  FROM media
 WHERE content_hash = ANY(CAST(:content_hashes AS bytea[]))

-- name: judge
SELECT media_judge(CAST(:content_hash AS bytea))

-- name: delete_leftover
DELETE FROM media_leftovers
 WHERE content_hash = :content_hash
