-- Who waits to be let in, and the links that prove whose address it is.

-- name: insert_link
-- Asks, or asks again: a further link, and the entry as it is.
WITH entry AS (
    INSERT INTO waitlist (email, asked_at)
         VALUES (:email, :now)
    ON CONFLICT (lower(email)) DO UPDATE
            SET asked_at = excluded.asked_at
      RETURNING id
)
INSERT INTO waitlist_links (secret_hash, waitlist_id, expires_at)
     SELECT :secret_hash, id, :expires_at
       FROM entry

-- name: update_confirmed
-- Again is fine: the answer is how many links lead here.
UPDATE waitlist w
   SET confirmed_at = coalesce(w.confirmed_at, :now)
  FROM waitlist_links l
 WHERE l.secret_hash = :secret_hash AND l.expires_at > :now AND w.id = l.waitlist_id

-- name: upsert_approved
-- Answers whether the address asked, and whether that is confirmed.
INSERT INTO waitlist (email, approved_at)
     VALUES (:email, :now)
ON CONFLICT (lower(email)) DO UPDATE
        SET approved_at = coalesce(waitlist.approved_at, excluded.approved_at)
  RETURNING asked_at IS NOT NULL AS has_asked, confirmed_at IS NOT NULL AS is_confirmed

-- name: is_let_in
SELECT EXISTS (
    SELECT
      FROM waitlist
     WHERE lower(email) = lower(:email) AND confirmed_at IS NOT NULL AND approved_at IS NOT NULL
)

-- name: delete
DELETE FROM waitlist
 WHERE lower(email) = lower(:email)
