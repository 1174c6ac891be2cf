-- name: insert
INSERT INTO letters (kind, message_id, recipient, recipient_name, fields, secrets, due_at, created_at)
     VALUES (:kind, :message_id, :recipient, :recipient_name, CAST(:fields AS jsonb), :secrets, :now, :now)
  RETURNING id

-- name: insert_attachments
INSERT INTO letter_attachments (letter_id, position, filename, content_type, content)
     SELECT :letter_id, file.position, file.filename, file.content_type, file.content
       FROM unnest(CAST(:filenames AS text[]), CAST(:content_types AS text[]), CAST(:contents AS bytea[]))
            WITH ORDINALITY AS file (filename, content_type, content, position)

-- name: claim
-- One statement, so that no moment exists in which a letter is taken and nobody knows until when. Rows that another
-- courier is taking right now are skipped, not waited for.
WITH due AS (
    SELECT id
      FROM letters
     WHERE state = 'waiting' AND due_at <= :now AND (claimed_until IS NULL OR claimed_until <= :now)
     ORDER BY due_at, id
     LIMIT :letters_max
       FOR UPDATE SKIP LOCKED
)
   UPDATE letters l
      SET claimed_until = :until, attempts = l.attempts + 1
     FROM due
    WHERE l.id = due.id
RETURNING l.id, l.kind, l.message_id, l.recipient, l.recipient_name, l.fields, l.secrets, l.attempts, l.created_at,
          EXISTS (SELECT FROM letter_attachments a WHERE a.letter_id = l.id) AS has_attachments

-- name: find_attachments
SELECT filename, content_type, content
  FROM letter_attachments
 WHERE letter_id = :letter_id
 ORDER BY position

-- name: renew
-- `attempts` tells this claim from a later one: whoever lost a letter does not touch it any more.
UPDATE letters l
   SET claimed_until = :until
  FROM unnest(CAST(:letter_ids AS bigint[]), CAST(:attempts AS bigint[])) AS held (id, attempts)
 WHERE l.id = held.id AND l.attempts = held.attempts AND l.state = 'waiting'

-- name: release
-- Given back untried: the attempt does not count.
UPDATE letters l
   SET claimed_until = NULL, attempts = l.attempts - 1
  FROM unnest(CAST(:letter_ids AS bigint[]), CAST(:attempts AS bigint[])) AS held (id, attempts)
 WHERE l.id = held.id AND l.attempts = held.attempts AND l.state = 'waiting'

-- name: mark_delivered
-- Whichever claim it was: delivered is delivered.
UPDATE letters
   SET state = 'delivered', secrets = NULL, claimed_until = NULL, ended_at = :now
 WHERE id = :letter_id AND state = 'waiting'

-- name: postpone
UPDATE letters
   SET due_at = :due_at, claimed_until = NULL, last_error = :error
 WHERE id = :letter_id AND attempts = :attempts AND state = 'waiting'

-- name: mark_failed
UPDATE letters
   SET state = 'failed', secrets = NULL, claimed_until = NULL, last_error = :error, ended_at = :now
 WHERE id = :letter_id AND attempts = :attempts AND state = 'waiting'

-- name: find
SELECT id, kind, message_id, recipient, state, attempts, due_at, claimed_until, last_error, created_at, ended_at,
       secrets IS NOT NULL AS has_secrets
  FROM letters
 WHERE id = :letter_id

-- name: count_waiting
SELECT count(*)
  FROM letters
 WHERE state = 'waiting'

-- name: delete
DELETE FROM letters
 WHERE id = :letter_id

-- name: delete_by_recipient
DELETE FROM letters
 WHERE lower(recipient) = lower(:recipient)
