-- name: post
SELECT outcome, posted_id AS id, CAST(:author_id AS bigint) AS author_id, posted_text AS text, posted_at AS created_at
  FROM message_post(CAST(:thread_id AS bigint), CAST(:author_id AS bigint), CAST(:text AS text),
                    CAST(:client_id AS text), CAST(:now AS timestamptz))

-- name: mark_read
SELECT outcome, read_id
  FROM message_mark_read(CAST(:thread_id AS bigint), CAST(:reader_id AS bigint), CAST(:message_id AS bigint),
                         CAST(:now AS timestamptz))

-- name: list_newest
-- Begins at a member's row: no row at all says that the reader is none. The messages are one JSON text, which is read at
-- once. That both their thread and their ids are asked for as a range keeps PostgreSQL, which does not know how many are
-- wanted, from walking back through those of all threads; and so a page deep in the past costs what the last one does.
SELECT r.read_message_id AS read_id,
       CAST((SELECT json_agg(m)
               FROM (SELECT id, author_id, text, created_at
                       FROM messages
                      WHERE thread_id BETWEEN r.thread_id AND r.thread_id
                        AND id < coalesce(CAST(:before AS bigint), 9223372036854775807)
                      ORDER BY thread_id DESC, id DESC
                      LIMIT :most) m) AS text) AS messages
  FROM memberships r
 WHERE r.thread_id = :thread_id AND r.account_id = :reader_id AND r.left_event_id IS NULL

-- name: list_after
-- As above, from the other end.
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
