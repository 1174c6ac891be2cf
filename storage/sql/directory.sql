-- name: find
SELECT *
  FROM directory_entries
 WHERE id = :account_id

-- name: update
-- NULL leaves a field as it is; a name is given whole, both of its parts.
UPDATE accounts
   SET first_name = CASE WHEN CAST(:first_name AS text) IS NULL THEN first_name ELSE :first_name END,
       last_name = CASE WHEN CAST(:first_name AS text) IS NULL THEN last_name ELSE CAST(:last_name AS text) END,
       gender = coalesce(:gender, gender),
       city = coalesce(:city, city),
       state = coalesce(:state, state),
       zip_code = coalesce(:zip_code, zip_code),
       updated_at = :now
 WHERE id = :account_id AND deleted_at IS NULL

-- name: search
-- Everything is compared without regard to case, and whole. Of the two keys to sort by one is always the same; what they
-- leave open the id decides. Each entry's place among all that were found is what pages and edges count.
WITH keyed AS (
    SELECT e.id,
           CASE CAST(:sort AS text)
                WHEN 'email' THEN lower(e.email)
                WHEN 'fullName' THEN lower(e.full_name)
                WHEN 'gender' THEN e.gender
                WHEN 'city' THEN lower(e.city)
                WHEN 'state' THEN lower(e.state)
                WHEN 'zipCode' THEN lower(e.zip_code)
                WHEN 'isAdmin' THEN CAST(e.is_operator AS text)
           END AS word,
           CASE CAST(:sort AS text)
                WHEN 'createdAt' THEN e.created_at
                WHEN 'updatedAt' THEN e.updated_at
           END AS moment
      FROM directory_entries e
     WHERE (CAST(:email AS text) IS NULL OR lower(e.email) = lower(:email))
       AND (CAST(:full_name AS text) IS NULL OR lower(e.full_name) = lower(:full_name))
       AND (CAST(:gender AS text) IS NULL OR lower(e.gender) = lower(:gender))
       AND (CAST(:city AS text) IS NULL OR lower(e.city) = lower(:city))
       AND (CAST(:state AS text) IS NULL OR lower(e.state) = lower(:state))
       AND (CAST(:zip_code AS text) IS NULL OR lower(e.zip_code) = lower(:zip_code))
       AND (CAST(:is_operator AS text) IS NULL OR CAST(e.is_operator AS text) = lower(:is_operator))
       AND (CAST(:account_id AS text) IS NULL OR CAST(e.id AS text) = :account_id)
),
placed AS (
    SELECT id, count(*) OVER () AS total,
           row_number() OVER (ORDER BY CASE WHEN NOT CAST(:is_back AS boolean) THEN word END,
                                       CASE WHEN CAST(:is_back AS boolean) THEN word END DESC NULLS LAST,
                                       CASE WHEN NOT CAST(:is_back AS boolean) THEN moment END,
                                       CASE WHEN CAST(:is_back AS boolean) THEN moment END DESC NULLS LAST,
                                       CASE WHEN CAST(:is_back AS boolean) THEN -id ELSE id END) AS place
      FROM keyed
),
edges AS (
    -- An entry that is not there (any more) has a place all the same where ids are what is sorted by.
    SELECT CASE WHEN CAST(:after AS bigint) IS NULL THEN 0
                ELSE coalesce((SELECT place FROM placed WHERE id = :after),
                              CASE WHEN CAST(:sort AS text) IS NULL AND NOT CAST(:is_back AS boolean)
                                   THEN (SELECT count(*) FROM placed WHERE id < :after) END)
           END AS low,
           coalesce((SELECT place FROM placed WHERE id = CAST(:before AS bigint)),
                    CASE WHEN CAST(:sort AS text) IS NULL AND NOT CAST(:is_back AS boolean)
                         THEN (SELECT count(*) + 1 FROM placed WHERE id < :before) END) AS high
),
page AS (
    (SELECT p.*
       FROM placed p, edges
      WHERE CAST(:before AS bigint) IS NULL AND p.place > edges.low
      ORDER BY p.place
      LIMIT :most OFFSET :skipped)
    UNION ALL
    (SELECT p.*
       FROM placed p, edges
      WHERE CAST(:before AS bigint) IS NOT NULL AND p.place > edges.low AND p.place < edges.high
      ORDER BY p.place DESC
      LIMIT :most OFFSET :skipped)
)
SELECT e.*, page.total
  FROM page
  JOIN directory_entries e ON e.id = page.id
 ORDER BY page.place
