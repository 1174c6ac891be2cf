-- What an account tells of itself to those who trade allowances.

-- name: find
SELECT id, username, email, first_name, last_name, organization, emissions, deleted_at
  FROM accounts
 WHERE id = :account_id

-- name: update
-- A name is replaced whole: its second part may be none. Else NULL leaves a column as it is, and so does a blank
-- organization make it none.
UPDATE accounts
   SET first_name = CASE WHEN CAST(:first_name AS text) IS NULL THEN first_name ELSE :first_name END,
       last_name = CASE WHEN CAST(:first_name AS text) IS NULL THEN last_name ELSE :last_name END,
       organization = nullif(coalesce(:organization, organization), ''),
       emissions = coalesce(:emissions, emissions),
       updated_at = :now
 WHERE id = :account_id AND deleted_at IS NULL
