-- name: begin
SELECT outcome, begun_id
  FROM thread_begin(CAST(:kind AS text), CAST(:community_id AS bigint), CAST(:creator_id AS bigint),
                    CAST(:ad_id AS bigint), CAST(:title AS text), CAST(:other_ids AS bigint[]),
                    CAST(:now AS timestamptz))

-- name: revise
SELECT thread_revise(CAST(:thread_id AS bigint), CAST(:requester_id AS bigint), CAST(:title AS text),
                     CAST(:member_ids AS bigint[]), CAST(:now AS timestamptz)) AS outcome

-- name: find_for_ad
SELECT id
  FROM threads
 WHERE kind = 'ad' AND creator_id = :creator_id AND ad_id = :ad_id

-- name: find_pair
SELECT id
  FROM threads
 WHERE kind = 'pair'
   AND pair_low = least(CAST(:one_id AS bigint), CAST(:other_id AS bigint))
   AND pair_high = greatest(CAST(:one_id AS bigint), CAST(:other_id AS bigint))

-- name: list_by_reader
-- The ids of the page first; only then persons, ads and texts are joined to them. `start` is the entry after which to
-- go on, `is_back` towards the list's beginning. Newest first, like everything that is read downwards.
WITH listed AS (
    SELECT r.thread_id, r.unread_message_id, t.stirred_at
      FROM reader_records r
      JOIN thread_records t ON t.id = r.thread_id
     WHERE r.account_id = :reader_id AND t.is_listed
),
start AS (
    SELECT stirred_at, thread_id FROM listed WHERE thread_id = CAST(:start_id AS bigint)
),
page AS (
    SELECT l.*
      FROM listed l
     WHERE CAST(:start_id AS bigint) IS NULL
        OR CASE WHEN :is_back THEN (l.stirred_at, l.thread_id) > (SELECT stirred_at, thread_id FROM start)
                              ELSE (l.stirred_at, l.thread_id) < (SELECT stirred_at, thread_id FROM start)
           END
     ORDER BY CASE WHEN :is_back THEN l.stirred_at END, CASE WHEN :is_back THEN l.thread_id END,
              l.stirred_at DESC, l.thread_id DESC
     LIMIT :most
)
SELECT p.unread_message_id, t.*
  FROM page p
  JOIN thread_records t ON t.id = p.thread_id
 ORDER BY p.stirred_at DESC, p.thread_id DESC

-- name: find_many
SELECT r.unread_message_id, t.*
  FROM reader_records r
  JOIN thread_records t ON t.id = r.thread_id
 WHERE r.account_id = :reader_id AND r.thread_id = ANY (CAST(:thread_ids AS bigint[]))

-- name: find_shared
-- One thread for several of its members: what is the same for all is fetched once.
SELECT CAST((SELECT coalesce(json_agg(json_build_array(r.account_id, r.unread_message_id)), '[]')
               FROM reader_records r
              WHERE r.thread_id = t.id AND r.account_id = ANY (CAST(:reader_ids AS bigint[]))) AS text) AS readers,
       t.*
  FROM thread_records t
 WHERE t.id = :thread_id

-- name: count_unread
SELECT count(*)
  FROM reader_records
 WHERE account_id = :reader_id AND unread_message_id IS NOT NULL

-- name: list_unread
SELECT thread_id, unread_message_id
  FROM reader_records
 WHERE account_id = :reader_id AND unread_message_id IS NOT NULL

-- name: list_members
-- Of the thread, for one of its members; for anybody else nothing.
SELECT account_id
  FROM memberships
 WHERE thread_id = :thread_id AND left_event_id IS NULL
   AND EXISTS (SELECT FROM memberships
                WHERE thread_id = :thread_id AND account_id = :member_id AND left_event_id IS NULL)
