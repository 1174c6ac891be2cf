-- name: insert
INSERT INTO items (name, price, created_at)
     VALUES (:name, :price, :now)
  RETURNING id

-- name: find_by_id
SELECT id, name, price
  FROM items
 WHERE id = :item_id

-- name: list
-- After an entry the next ones; before one the nearest. Only one of the two halves is ever run.
WITH page AS (
    (SELECT id, name, price
       FROM items
      WHERE CAST(:before AS bigint) IS NULL AND id > coalesce(CAST(:after AS bigint), 0)
      ORDER BY id
      LIMIT :most)
    UNION ALL
    (SELECT id, name, price
       FROM items
      WHERE id < CAST(:before AS bigint) AND id > coalesce(CAST(:after AS bigint), 0)
      ORDER BY id DESC
      LIMIT :most)
)
SELECT id, name, price
  FROM page
 ORDER BY id
