-- What is done many times a second, done for many at once.

-- Messages of members, one a thread at most, in one transaction: so they share its commit. Outcomes as message_post has
-- them; and 'busy' where somebody else holds the thread, which must not keep the others waiting (message_post waits).
-- Their events have their positions from the beginning, after all that was committed before them, unless another process
-- is giving out positions at this moment: then log_place does it, as for any other event.
CREATE FUNCTION messages_post(
    the_threads bigint[], the_authors bigint[], the_texts text[], the_moments timestamptz[]
) RETURNS TABLE (of_thread_id bigint, outcome text, posted_id bigint) LANGUAGE plpgsql AS $$
DECLARE
    held bigint[];
    base bigint;
BEGIN
    -- In the order of their ids, like everything that locks several.
    held := ARRAY(SELECT t.id FROM threads t WHERE t.id = ANY (the_threads)
                   ORDER BY t.id FOR NO KEY UPDATE SKIP LOCKED);
    IF pg_try_advisory_xact_lock(hashtext('log'), 0) THEN
        PERFORM log_place(0);
        -- So many may wait that not all have theirs yet: then these wait behind them.
        IF NOT EXISTS (SELECT FROM events WHERE position IS NULL) THEN
            base := greatest((SELECT max(position) FROM events), (SELECT floor FROM log));
        END IF;
    END IF;
    RETURN QUERY
    WITH asked AS (
        SELECT a.* FROM unnest(the_threads, the_authors, the_texts, the_moments)
                        WITH ORDINALITY AS a (thread_id, author_id, text, moment, place)
    ),
    said AS (
        INSERT INTO messages (thread_id, author_id, text, created_at)
             SELECT a.thread_id, a.author_id, a.text, a.moment
               FROM asked a
              WHERE a.thread_id = ANY (held)
                AND EXISTS (SELECT FROM memberships s
                             WHERE s.thread_id = a.thread_id AND s.account_id = a.author_id
                               AND s.left_event_id IS NULL)
              ORDER BY a.place
          RETURNING id, thread_id, author_id, created_at
    ),
    stirred AS (
        UPDATE threads t
           SET newest_other_message_id = CASE WHEN t.newest_author_id = s.author_id THEN t.newest_other_message_id
                                              ELSE t.newest_message_id END,
               newest_message_id = s.id, newest_author_id = s.author_id,
               last_message_id = s.id, last_message_at = s.created_at
          FROM said s
         WHERE t.id = s.thread_id
    ),
    told AS (
        INSERT INTO events (kind, thread_id, actor_id, message_id, at, position)
             SELECT 'message', s.thread_id, s.author_id, s.id, s.created_at, base + row_number() OVER (ORDER BY s.id)
               FROM said s
              ORDER BY s.id
    )
    SELECT a.thread_id,
           CASE WHEN s.id IS NOT NULL THEN 'posted' WHEN a.thread_id = ANY (held) THEN 'not entitled' ELSE 'busy' END,
           s.id
      FROM asked a
      LEFT JOIN said s ON s.thread_id = a.thread_id;
END
$$;
