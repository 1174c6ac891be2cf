-- name: post
SELECT outcome, posted_id AS id, CAST(:author_id AS bigint) AS author_id, posted_text AS text, posted_at AS created_at
  FROM message_post(CAST(:thread_id AS bigint), CAST(:author_id AS bigint), CAST(:text AS text),
                    CAST(:client_id AS text), CAST(:now AS timestamptz))

-- name: mark_read
SELECT outcome, read_id
  FROM message_mark_read(CAST(:thread_id AS bigint), CAST(:reader_id AS bigint), CAST(:message_id AS bigint),
                         CAST(:now AS timestamptz))

-- name: list_newest
-- Begins at a member's row: no row at all says that the reader is none, one without a message that there is none.
-- The bound is a value and not an OR, so that a page deep in the past costs what the last one does.
SELECT r.read_message_id, m.id, m.author_id, m.text, m.created_at
  FROM memberships r
  LEFT JOIN LATERAL (
           SELECT id, author_id, text, created_at
             FROM messages
            WHERE thread_id = r.thread_id AND id < coalesce(CAST(:before AS bigint), 9223372036854775807)
            ORDER BY id DESC
            LIMIT :most
       ) m ON true
 WHERE r.thread_id = :thread_id AND r.account_id = :reader_id AND r.left_event_id IS NULL
 ORDER BY m.id DESC

-- name: list_after
-- As above, from the other end.
SELECT r.read_message_id, m.id, m.author_id, m.text, m.created_at
  FROM memberships r
  LEFT JOIN LATERAL (
           SELECT id, author_id, text, created_at
             FROM messages
            WHERE thread_id = r.thread_id
              AND id > :after AND id < coalesce(CAST(:before AS bigint), 9223372036854775807)
            ORDER BY id
            LIMIT :most
       ) m ON true
 WHERE r.thread_id = :thread_id AND r.account_id = :reader_id AND r.left_event_id IS NULL
 ORDER BY m.id
