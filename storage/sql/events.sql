-- name: insert_sessions_ended
INSERT INTO events (kind, account_id, subject, at)
     VALUES ('sessions_ended', :account_id, CAST(:subject AS jsonb), :now)

-- name: advance
-- With what a phone is told of a message beside its text. Each LIMIT keeps its look-up one along an index, for the few
-- rows that there are: joined, PostgreSQL would read all threads and accounts for the thousand that it expects.
SELECT event_position AS position, event_id AS id, event_kind AS kind, event_thread_id AS thread_id,
       event_actor_id AS actor_id, event_message_id AS message_id, event_subject AS subject, event_at AS at,
       message_text, message_at, recipient_ids, t.title AS thread_title,
       a.username, a.email, a.first_name, a.last_name, a.deleted_at
  FROM log_advance(CAST(:since AS bigint), CAST(:low AS bigint))
  LEFT JOIN LATERAL (
           SELECT title FROM threads WHERE event_kind = 'message' AND id = event_thread_id LIMIT 1
       ) t ON true
  LEFT JOIN LATERAL (
           SELECT username, email, first_name, last_name, deleted_at
             FROM accounts
            WHERE event_kind = 'message' AND id = event_actor_id
            LIMIT 1
       ) a ON true
 ORDER BY event_position

-- name: catch_up
SELECT log_catch_up()

-- name: find_state
-- The last position, and when the first event after `since` was: the first that somebody there missed.
SELECT log_epoch() AS epoch,
       l.floor,
       greatest((SELECT max(position) FROM events), l.floor) AS position,
       coalesce((SELECT at FROM events WHERE position > :since ORDER BY position LIMIT 1),
                (SELECT at FROM events WHERE position IS NULL ORDER BY id LIMIT 1)) AS missed_at
  FROM log l

-- name: find_settled
-- `transaction_id` is the first not yet begun, `oldest_id` the first not yet ended: once the latter has reached what the
-- former was, whatever had an id up to `id` then has ended, and if none of that waits for its position, none ever will.
-- (Acts write something else before they draw an event's id, so they have begun by then.)
SELECT log_epoch() AS epoch,
       (SELECT max(position) FROM events) AS position,
       (SELECT max(id) FROM events) AS id,
       CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint) AS transaction_id,
       CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS oldest_id,
       NOT EXISTS (SELECT FROM events WHERE position IS NULL AND id <= CAST(:id AS bigint)) AS is_placed

-- name: replay
-- Of each thread the account is in now, what falls into its intervals there; of what is its own alone, all but the news
-- of having come to a thread that it has left since. Intervals are event ids: their ends are looked up as positions, so
-- that each thread is one walk along its index, from where the reader is to where the page is full.
WITH spans AS MATERIALIZED (
    SELECT s.thread_id,
           greatest(CAST(:since AS bigint), event_position(s.joined_event_id) - 1) AS since,
           least(CAST(:until AS bigint), event_position(s.left_event_id)) AS until
      FROM memberships now
      JOIN memberships s ON s.thread_id = now.thread_id AND s.account_id = now.account_id
     WHERE now.account_id = :account_id AND now.left_event_id IS NULL
),
due AS (
    (SELECT e.position
       FROM events e
      WHERE e.account_id = :account_id AND e.position > :since AND e.position <= :until
        AND e.kind <> 'sessions_ended'
        AND (e.kind <> 'joined' OR EXISTS (SELECT FROM spans WHERE spans.thread_id = e.thread_id))
      ORDER BY e.position
      LIMIT :most)
    UNION ALL
    SELECT e.position
      FROM spans
     CROSS JOIN LATERAL (
               SELECT position
                 FROM events
                WHERE thread_id = spans.thread_id AND account_id IS NULL
                  AND position > spans.since AND position <= spans.until
                ORDER BY position
                LIMIT :most
           ) e
),
page AS (
    SELECT position FROM due ORDER BY position LIMIT :most
)
SELECT e.position, e.id, e.kind, e.thread_id, e.actor_id, e.message_id, CAST(e.subject AS text) AS subject, e.at,
       m.text AS message_text, m.created_at AS message_at, CAST('{}' AS bigint[]) AS recipient_ids
  FROM page p
  JOIN events e ON e.position = p.position
  LEFT JOIN messages m ON e.kind = 'message' AND m.id = e.message_id
 ORDER BY e.position

-- name: list_sessions_ended
SELECT CAST(subject AS text) AS subject
  FROM events
 WHERE account_id = :account_id AND position > :since AND kind = 'sessions_ended'
 ORDER BY position
