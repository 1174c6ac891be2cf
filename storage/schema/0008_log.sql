-- How what happened comes to those who are due it, and how threads look to their members.

-- Which log this is, for cursors: another database, also one restored elsewhere or rolled back to an earlier moment
-- (its timeline is another), is another log, and a cursor of it says nothing here.
CREATE FUNCTION log_epoch() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT md5(concat_ws(' ', l.epoch, s.system_identifier, d.oid,
                         left(pg_walfile_name(pg_current_wal_lsn()), 8)))
      FROM log l, pg_control_system() s, pg_database d
     WHERE d.datname = current_database()
$$;

-- Gives committed events that have none their positions, at most 1,000 at a time, in the order of their ids; nothing if
-- another process is at it. `low`: ids up to this one are not looked at (0: all are).
-- The lock is held until the commit, and the rows are looked for by a statement that began after it was had: so
-- positions become visible in their order. An event of a thread is never placed before an earlier one of that thread:
-- whoever sees the later committed sees the earlier committed, and its id is lower.
CREATE FUNCTION log_place(low bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM events WHERE position IS NULL AND id > low)
       OR NOT pg_try_advisory_xact_lock(hashtext('log'), 0) THEN
        RETURN;
    END IF;
    SELECT array_agg(id ORDER BY id) INTO ids
      FROM (SELECT id FROM events WHERE position IS NULL AND id > low ORDER BY id LIMIT 1000) found;
    UPDATE events e
       SET position = base.position + batch.place
      FROM unnest(ids) WITH ORDINALITY AS batch (id, place),
           -- Never lower than what was forgotten, if that was all.
           (SELECT greatest((SELECT max(position) FROM events), (SELECT floor FROM log)) AS position) base
     WHERE e.id = batch.id;
END
$$;

-- What follows a position, at most 500 events in order, each with those who are due it; places first what is not yet
-- placed. The limit is a constant: with an unknown one, PostgreSQL plans for a tenth of the log, with parallel workers.
CREATE FUNCTION log_advance(since bigint, low bigint)
RETURNS TABLE (
    event_position bigint, event_id bigint, event_kind text, event_thread_id bigint, event_actor_id bigint,
    event_message_id bigint, event_subject text, event_at timestamptz, message_text text, message_at timestamptz,
    recipient_ids bigint[]
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM log_place(low);
    RETURN QUERY
    SELECT e.position, e.id, e.kind, e.thread_id, e.actor_id, e.message_id, CAST(e.subject AS text), e.at,
           m.text, m.created_at,
           CASE WHEN e.account_id IS NOT NULL THEN ARRAY[e.account_id]
                ELSE ARRAY(SELECT s.account_id FROM memberships s
                            WHERE s.thread_id = e.thread_id AND s.joined_event_id <= e.id
                              AND (s.left_event_id IS NULL OR s.left_event_id > e.id))
           END
      FROM (SELECT * FROM events WHERE position > since ORDER BY position LIMIT 500) e
      LEFT JOIN messages m ON e.kind = 'message' AND m.id = e.message_id
     ORDER BY e.position;
END
$$;

-- Where an event is in the log: before everything once it is forgotten, after everything while it waits for its place.
CREATE FUNCTION event_position(the_event bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN the_event IS NOT NULL THEN
               coalesce((SELECT coalesce(e.position, 9223372036854775807) FROM events e WHERE e.id = the_event), 0)
           END
$$;

-- What others are shown of an account.
CREATE VIEW person_records AS
SELECT id, username, email, first_name, last_name, description, location, avatar, deleted_at
  FROM accounts;

-- A thread as all its members see it, persons and ad as JSON. What differs between them is in reader_records.
CREATE VIEW thread_records AS
SELECT t.id, t.kind, t.title, t.created_at,
       (SELECT CAST(row_to_json(p) AS text) FROM person_records p WHERE p.id = t.creator_id) AS creator,
       (SELECT CAST(coalesce(json_agg(p ORDER BY s.joined_event_id, s.place), '[]') AS text)
          FROM memberships s
          JOIN person_records p ON p.id = s.account_id
         WHERE s.thread_id = t.id AND s.left_event_id IS NULL AND s.account_id <> t.creator_id) AS parties,
       (SELECT CAST(row_to_json(shown) AS text)
          FROM (SELECT d.id, d.community_id, d.type, d.title, d.description, d.points, d.location, d.photo,
                       d.created_at, p AS author
                  FROM ads d
                  JOIN person_records p ON p.id = d.author_id
                 WHERE d.id = t.ad_id) shown) AS ad,
       m.id AS message_id, m.author_id, m.text, m.created_at AS posted_at,
       -- When it was last of interest: the lists' order.
       coalesce(t.last_message_at, t.created_at) AS stirred_at,
       t.kind = 'group' OR t.newest_message_id IS NOT NULL AS is_listed
  FROM threads t
  LEFT JOIN messages m ON m.id = t.last_message_id;

-- The present members of threads, and the newest message of others that each has not read.
CREATE VIEW reader_records AS
SELECT s.thread_id, s.account_id, s.read_message_id, f.message_id AS unread_message_id
  FROM memberships s
  JOIN threads t ON t.id = s.thread_id
  LEFT JOIN LATERAL (
           SELECT CASE WHEN t.newest_author_id = s.account_id THEN t.newest_other_message_id
                       ELSE t.newest_message_id END AS message_id
       ) f ON f.message_id > s.read_message_id
 WHERE s.left_event_id IS NULL;

GRANT SELECT ON person_records, thread_records, reader_records TO hiroba_server;
