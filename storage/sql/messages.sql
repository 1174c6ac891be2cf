-- name: post
SELECT outcome, posted_id AS id, CAST(:author_id AS bigint) AS author_id, posted_text AS text, posted_at AS created_at
  FROM message_post(CAST(:thread_id AS bigint), CAST(:author_id AS bigint), CAST(:text AS text),
                    CAST(:client_id AS text), CAST(:now AS timestamptz))

-- name: mark_read
SELECT outcome, read_id
  FROM message_mark_read(CAST(:thread_id AS bigint), CAST(:reader_id AS bigint), CAST(:message_id AS bigint),
                         CAST(:now AS timestamptz))

-- name: list_newest
-- For several readers at once, each in a thread and before a message of its own. Begins at a member's row: no row at all
-- says that the reader is none. The messages are one JSON text, which is read at once. That their thread is asked for as
-- a range keeps PostgreSQL, which does not know how many are wanted, from walking back through those of all threads; and
-- so a page deep in the past costs what the last one does.
SELECT asked.place, r.read_message_id AS read_id,
       CAST((SELECT json_agg(m)
               FROM (SELECT id, author_id, text, created_at
                       FROM messages
                      WHERE thread_id BETWEEN r.thread_id AND r.thread_id
                        AND id < coalesce(asked.before, 9223372036854775807)
                      ORDER BY thread_id DESC, id DESC
                      LIMIT asked.most) m) AS text) AS messages
  FROM unnest(CAST(:thread_ids AS bigint[]), CAST(:reader_ids AS bigint[]), CAST(:befores AS bigint[]),
              CAST(:mosts AS bigint[])) WITH ORDINALITY AS asked (thread_id, reader_id, before, most, place)
 CROSS JOIN LATERAL (
           SELECT thread_id, read_message_id
             FROM memberships
            WHERE thread_id = asked.thread_id AND account_id = asked.reader_id AND left_event_id IS NULL
            LIMIT 1
       ) r

-- name: list_after
-- As above for one reader, from the other end.
SELECT r.read_message_id AS read_id,
       CAST((SELECT json_agg(m)
               FROM (SELECT id, author_id, text, created_at
                       FROM messages
                      WHERE thread_id BETWEEN r.thread_id AND r.thread_id
                        AND id > :after AND id < coalesce(CAST(:before AS bigint), 9223372036854775807)
                      ORDER BY thread_id, id
                      LIMIT :most) m) AS text) AS messages
  FROM memberships r
 WHERE r.thread_id = :thread_id AND r.account_id = :reader_id AND r.left_event_id IS NULL
