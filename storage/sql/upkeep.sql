-- Everything here removes a small batch and skips what another process has in hand, so that several may do it at once
-- and nobody waits for it. The answer is how many rows went: fewer than `most` means that there is no more for now.

-- name: delete_sessions
-- Their end is an event like a sign-out: sockets that still hang on them are closed.
WITH gone AS (
    DELETE FROM sessions
     WHERE id IN (SELECT id
                    FROM sessions
                   WHERE expires_at <= :now OR idles AND last_seen_at <= :idle_since
                   LIMIT :most
                     FOR UPDATE SKIP LOCKED)
 RETURNING id, account_id
),
told AS (
    INSERT INTO events (kind, account_id, subject, at)
         SELECT 'sessions_ended', account_id, jsonb_agg(id), :now
           FROM gone
          WHERE account_id IS NOT NULL
          GROUP BY account_id
)
SELECT count(*) FROM gone

-- name: delete_codes
WITH gone AS (
    DELETE FROM codes
     WHERE id IN (SELECT id FROM codes WHERE expires_at <= :before LIMIT :most FOR UPDATE SKIP LOCKED)
 RETURNING id
)
SELECT count(*) FROM gone

-- name: delete_passcodes
WITH gone AS (
    DELETE FROM passcodes
     WHERE account_id IN (SELECT account_id
                            FROM passcodes
                           WHERE expires_at <= :before
                           LIMIT :most
                             FOR UPDATE SKIP LOCKED)
 RETURNING account_id
)
SELECT count(*) FROM gone

-- name: delete_tickets
WITH gone AS (
    DELETE FROM tickets
     WHERE secret_hash IN (SELECT secret_hash
                             FROM tickets
                            WHERE expires_at <= :before
                            LIMIT :most
                              FOR UPDATE SKIP LOCKED)
 RETURNING secret_hash
)
SELECT count(*) FROM gone

-- name: delete_waitlist_links
WITH gone AS (
    DELETE FROM waitlist_links
     WHERE secret_hash IN (SELECT secret_hash
                             FROM waitlist_links
                            WHERE expires_at <= :before
                            LIMIT :most
                              FOR UPDATE SKIP LOCKED)
 RETURNING secret_hash
)
SELECT count(*) FROM gone

-- name: delete_waitlist
-- Addresses that somebody typed, and neither their owner nor an operator said yes to.
WITH gone AS (
    DELETE FROM waitlist
     WHERE id IN (SELECT id
                    FROM waitlist
                   WHERE confirmed_at IS NULL AND approved_at IS NULL AND asked_at <= :before
                   LIMIT :most
                     FOR UPDATE SKIP LOCKED)
 RETURNING id
)
SELECT count(*) FROM gone

-- name: delete_attempts
-- Rows without a name of their own: found by where they lie.
WITH gone AS (
    DELETE FROM attempts
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM attempts WHERE at <= :before LIMIT :most FOR UPDATE SKIP LOCKED))
 RETURNING at
)
SELECT count(*) FROM gone

-- name: delete_known_addresses
WITH gone AS (
    DELETE FROM known_addresses
     WHERE key IN (SELECT key FROM known_addresses WHERE at <= :before LIMIT :most FOR UPDATE SKIP LOCKED)
 RETURNING key
)
SELECT count(*) FROM gone

-- name: delete_answers
WITH gone AS (
    DELETE FROM remembered_answers
     WHERE (account_id, key_hash) IN (SELECT account_id, key_hash
                                        FROM remembered_answers
                                       WHERE created_at <= :before
                                       LIMIT :most
                                         FOR UPDATE SKIP LOCKED)
 RETURNING account_id
)
SELECT count(*) FROM gone

-- name: delete_letters
WITH gone AS (
    DELETE FROM letters
     WHERE id IN (SELECT id
                    FROM letters
                   WHERE state <> 'waiting' AND ended_at <= :before
                   LIMIT :most
                     FOR UPDATE SKIP LOCKED)
 RETURNING id
)
SELECT count(*) FROM gone

-- name: delete_mails
-- Rows of the mailbox are never changed, and nobody may lock them for that.
WITH gone AS (
    DELETE FROM mailbox
     WHERE id IN (SELECT id FROM mailbox WHERE received_at <= :before LIMIT :most)
 RETURNING id
)
SELECT count(*) FROM gone

-- name: delete_events
-- From the log's beginning and without a gap, and the floor with them: a cursor below it is too far behind.
WITH held AS (
    SELECT floor FROM log FOR UPDATE SKIP LOCKED
),
old AS (
    SELECT e.id, e.position
      FROM events e, held
     WHERE e.position IS NOT NULL AND e.at <= :before
       AND e.position < coalesce((SELECT min(f.position) FROM events f WHERE f.position IS NOT NULL AND f.at > :before),
                                 9223372036854775807)
     ORDER BY e.position
     LIMIT :most
),
gone AS (
    DELETE FROM events WHERE id IN (SELECT id FROM old) RETURNING position
),
raised AS (
    UPDATE log SET floor = (SELECT max(position) FROM gone) WHERE EXISTS (SELECT FROM gone)
)
SELECT count(*) FROM gone
