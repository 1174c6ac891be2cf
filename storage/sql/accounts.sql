-- name: find_by_id
SELECT *
  FROM account_records
 WHERE id = :account_id

-- name: find_in_community
SELECT *
  FROM account_records
 WHERE id = :account_id AND community_id = :community_id

-- name: find_by_login
-- An identifier with "@" is an e-mail and nothing else, any other a username and nothing else: never both.
SELECT *
  FROM account_records
 WHERE CASE WHEN strpos(CAST(:login AS text), '@') > 0
            THEN lower(email) = lower(CAST(:login AS text))
            ELSE lower(username) = lower(CAST(:login AS text))
       END

-- name: find_credentials_by_username
-- Who is shut out has no password that fits: trying the right one looks like trying any other, and counts like it.
SELECT id, CASE WHEN disabled_at IS NULL THEN password_hash END AS password_hash
  FROM accounts
 WHERE lower(username) = lower(CAST(:login AS text)) AND deleted_at IS NULL

-- name: find_credentials_by_email
SELECT id, CASE WHEN disabled_at IS NULL THEN password_hash END AS password_hash
  FROM accounts
 WHERE lower(email) = lower(CAST(:login AS text)) AND deleted_at IS NULL

-- name: find_taken
-- Which of the two names belong to somebody already.
SELECT EXISTS (SELECT 1 FROM accounts WHERE lower(username) = lower(CAST(:username AS text))) AS username,
       EXISTS (SELECT 1 FROM accounts WHERE lower(email) = lower(CAST(:email AS text))) AS email

-- name: lock
SELECT id
  FROM accounts
 WHERE id = :account_id AND deleted_at IS NULL
   FOR NO KEY UPDATE

-- name: list
-- After an entry the next ones; before one the nearest. Only one of the two halves is ever run.
WITH page AS (
    (SELECT id FROM accounts
      WHERE CAST(:before AS bigint) IS NULL AND deleted_at IS NULL AND id > coalesce(CAST(:after AS bigint), 0)
      ORDER BY id
      LIMIT :most)
    UNION ALL
    (SELECT id FROM accounts
      WHERE id < CAST(:before AS bigint) AND deleted_at IS NULL AND id > coalesce(CAST(:after AS bigint), 0)
      ORDER BY id DESC
      LIMIT :most)
)
SELECT r.*
  FROM page
  JOIN account_records r ON r.id = page.id
 ORDER BY r.id

-- name: search
-- The pattern comes with its wildcards escaped. Both names are compared without regard to case.
WITH found AS (
    SELECT id
      FROM accounts
     WHERE community_id = :community_id AND deleted_at IS NULL AND id <> :but_id
       AND (lower(first_name) LIKE lower(:pattern) OR lower(last_name) LIKE lower(:pattern))
       AND id > coalesce(CAST(:after AS bigint), 0)
),
page AS (
    (SELECT id FROM found WHERE CAST(:before AS bigint) IS NULL ORDER BY id LIMIT :most)
    UNION ALL
    (SELECT id FROM found WHERE id < CAST(:before AS bigint) ORDER BY id DESC LIMIT :most)
)
SELECT r.*
  FROM page
  JOIN account_records r ON r.id = page.id
 ORDER BY r.id

-- name: insert
INSERT INTO accounts (username, email, password_hash, first_name, last_name, description, location,
                      community_id, confirmed_at, created_at, updated_at)
     VALUES (:username, :email, :password_hash, :first_name, :last_name, :description, :location,
             :community_id, :confirmed_at, :now, :now)
  RETURNING id

-- name: update_profile
-- NULL leaves a field as it is.
UPDATE accounts
   SET first_name = coalesce(:first_name, first_name),
       last_name = coalesce(:last_name, last_name),
       description = coalesce(:description, description),
       location = coalesce(:location, location),
       updated_at = :now
 WHERE id = :account_id AND deleted_at IS NULL

-- name: update_avatar
-- Answers the former one. The row is locked by the caller, so the two looks at it see the same.
UPDATE accounts a
   SET avatar = :name, updated_at = :now
  FROM accounts former
 WHERE a.id = :account_id AND former.id = a.id
RETURNING former.avatar

-- name: update_community
UPDATE accounts
   SET community_id = :community_id,
       first_name = coalesce(:first_name, first_name),
       last_name = coalesce(:last_name, last_name),
       description = coalesce(:description, description),
       location = coalesce(:location, location),
       updated_at = :now
 WHERE id = :account_id AND community_id IS NULL AND deleted_at IS NULL

-- name: update_email
UPDATE accounts
   SET email = :email, confirmed_at = NULL, updated_at = :now
 WHERE id = :account_id AND email IS NULL AND deleted_at IS NULL

-- name: update_password
UPDATE accounts
   SET password_hash = :password_hash, updated_at = :now
 WHERE id = :account_id AND deleted_at IS NULL

-- name: update_confirmed
UPDATE accounts
   SET confirmed_at = :now, updated_at = :now
 WHERE id = :account_id AND confirmed_at IS NULL

-- name: update_operator
UPDATE accounts
   SET is_operator = true, updated_at = :now
 WHERE id = :account_id AND NOT is_operator AND deleted_at IS NULL

-- name: lock_community
-- Of two who are promoted at once, the second sees the first.
SELECT id
  FROM communities
 WHERE id = :community_id
   FOR NO KEY UPDATE

-- name: update_coordinator
-- One coordinator a community: whoever was it is no longer. Two statements, because the index looks at each row.
WITH former AS (
    UPDATE accounts
       SET is_coordinator = false, updated_at = :now
     WHERE community_id = :community_id AND is_coordinator
 RETURNING id
)
SELECT count(*) FROM former

-- name: update_coordinator_on
UPDATE accounts
   SET is_coordinator = true, updated_at = :now
 WHERE id = :account_id AND community_id = :community_id

-- name: update_disabled
-- NULL enables again.
UPDATE accounts
   SET disabled_at = :disabled_at, updated_at = :now
 WHERE id = :account_id AND (disabled_at IS NULL) <> (CAST(:disabled_at AS timestamptz) IS NULL)

-- name: update_deleted
UPDATE accounts
   SET username = NULL, email = NULL, password_hash = NULL, first_name = NULL, last_name = NULL,
       description = NULL, location = NULL, avatar = NULL, confirmed_at = NULL,
       gender = NULL, city = NULL, state = NULL, zip_code = NULL, organization = NULL, emissions = NULL,
       is_coordinator = false, is_operator = false, deleted_at = :now, updated_at = :now
 WHERE id = :account_id AND deleted_at IS NULL
