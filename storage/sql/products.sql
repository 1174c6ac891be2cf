-- name: insert
INSERT INTO products (id, platform, type, created_at)
     VALUES (CAST(:product_id AS uuid), :platform, :type, :now)

-- name: list
-- In the order in which they were offered. After an entry the next ones; before one the nearest.
WITH edges AS (
    SELECT (SELECT place FROM products WHERE id = CAST(:after AS uuid)) AS low,
           (SELECT place FROM products WHERE id = CAST(:before AS uuid)) AS high
),
page AS (
    (SELECT p.*
       FROM products p, edges
      WHERE p.platform = :platform AND CAST(:before AS uuid) IS NULL
        AND (CAST(:after AS uuid) IS NULL OR p.place > edges.low)
      ORDER BY p.place
      LIMIT :most)
    UNION ALL
    (SELECT p.*
       FROM products p, edges
      WHERE p.platform = :platform AND p.place < edges.high
        AND (CAST(:after AS uuid) IS NULL OR p.place > edges.low)
      ORDER BY p.place DESC
      LIMIT :most)
)
SELECT id, type
  FROM page
 ORDER BY place
