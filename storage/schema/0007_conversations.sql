-- What happens in a thread, one function an act: whoever is to be refused is told so by a word, never by an exception.
-- Every one locks its thread's row first and only then draws ids of messages and events. So within a thread the order
-- of ids is the order of commits, and "was it committed while I was in?" is a comparison of two ids. (Read marks lock
-- only against changes of members: before or after a post that is under way is the same to them.)

-- Begins a thread of the creator with others. Outcomes: 'begun'; 'taken' (by somebody who was faster: one for-ad thread
-- a creator and ad, one pair a pair); 'not entitled' (somebody is unknown, gone, or of another community).
CREATE FUNCTION thread_begin(
    the_kind text, the_community bigint, the_creator bigint, the_ad bigint, the_title text, others bigint[],
    moment timestamptz, OUT outcome text, OUT begun_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    event bigint;
BEGIN
    IF EXISTS (
        SELECT FROM unnest(others) AS o (id)
          LEFT JOIN accounts a ON a.id = o.id AND a.community_id = the_community AND a.deleted_at IS NULL
         WHERE a.id IS NULL
    ) THEN
        outcome := 'not entitled';
        RETURN;
    END IF;
    INSERT INTO threads (kind, community_id, creator_id, ad_id, title, created_at, pair_low, pair_high)
         VALUES (the_kind, the_community, the_creator, the_ad, the_title, moment,
                 CASE the_kind WHEN 'pair' THEN least(the_creator, others[1]) END,
                 CASE the_kind WHEN 'pair' THEN greatest(the_creator, others[1]) END)
    ON CONFLICT DO NOTHING
      RETURNING id INTO begun_id;
    IF begun_id IS NULL THEN
        outcome := 'taken';
        RETURN;
    END IF;
    INSERT INTO events (kind, thread_id, actor_id, at)
         VALUES ('created', begun_id, the_creator, moment) RETURNING id INTO event;
    INSERT INTO memberships (thread_id, account_id, joined_event_id, place)
         SELECT begun_id, m.id, event, m.place
           FROM unnest(the_creator || others) WITH ORDINALITY AS m (id, place);
    outcome := 'begun';
END
$$;

-- Brings a group to a title (NULL: the one it has) and to these members, its creator and the requester.
-- Outcomes: 'revised', 'unchanged', 'private', 'not entitled' (the requester is no member, or somebody who would be new
-- is unknown, gone, or of another community). Locks the thread against posts and read marks alike.
CREATE FUNCTION thread_revise(
    the_thread bigint, the_requester bigint, the_title text, members bigint[], moment timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    thread threads;
    coming bigint[];
    leaving bigint[];
BEGIN
    SELECT * INTO thread FROM threads WHERE id = the_thread FOR UPDATE;
    IF NOT EXISTS (
        SELECT FROM memberships
         WHERE thread_id = the_thread AND account_id = the_requester AND left_event_id IS NULL
    ) THEN
        RETURN 'not entitled';
    ELSIF thread.kind <> 'group' THEN
        RETURN 'private';
    END IF;
    SELECT coalesce(array_agg(account_id), '{}') INTO leaving
      FROM memberships
     WHERE thread_id = the_thread AND left_event_id IS NULL
       AND account_id <> ALL (members || thread.creator_id || the_requester);
    SELECT coalesce(array_agg(m.id ORDER BY m.place), '{}') INTO coming
      FROM (SELECT id, min(place) AS place FROM unnest(members) WITH ORDINALITY AS o (id, place) GROUP BY id) m
     WHERE NOT EXISTS (SELECT FROM memberships
                        WHERE thread_id = the_thread AND account_id = m.id AND left_event_id IS NULL);
    IF (SELECT count(*) FROM accounts
         WHERE id = ANY (coming) AND community_id = thread.community_id AND deleted_at IS NULL) < cardinality(coming)
    THEN
        RETURN 'not entitled';
    END IF;
    the_title := coalesce(the_title, thread.title);
    IF cardinality(leaving) + cardinality(coming) = 0 AND the_title = thread.title THEN
        RETURN 'unchanged';
    END IF;
    PERFORM thread_change_members(thread, the_requester, leaving, coming, moment);
    -- The newest of those who are in it now: walks back from the end, which is near.
    UPDATE threads t
       SET title = the_title, last_message_id = m.id, last_message_at = m.created_at
      FROM (VALUES (true)) AS one
      LEFT JOIN LATERAL (
               SELECT id, created_at FROM messages
                WHERE thread_id = the_thread
                  AND author_id IN (SELECT account_id FROM memberships
                                     WHERE thread_id = the_thread AND left_event_id IS NULL)
                ORDER BY id DESC LIMIT 1
           ) m ON true
     WHERE t.id = the_thread;
    RETURN 'revised';
END
$$;

-- The events of a change in their one order: those who go hear of that alone, then those who stay of the change, then
-- those who come of that; each interval begins or ends at its owner's own event. Called with the thread locked.
CREATE FUNCTION thread_change_members(
    thread threads, the_requester bigint, leaving bigint[], coming bigint[], moment timestamptz
) RETURNS void LANGUAGE sql AS $$
    WITH gone AS (
        INSERT INTO events (kind, thread_id, account_id, actor_id, at)
             SELECT 'left', thread.id, l.id, the_requester, moment FROM unnest(leaving) AS l (id)
          RETURNING id, account_id
    )
    UPDATE memberships m
       SET left_event_id = gone.id
      FROM gone
     WHERE m.thread_id = thread.id AND m.account_id = gone.account_id AND m.left_event_id IS NULL;

    INSERT INTO events (kind, thread_id, actor_id, at) VALUES ('changed', thread.id, the_requester, moment);

    WITH come AS (
        INSERT INTO events (kind, thread_id, account_id, actor_id, at)
             SELECT 'joined', thread.id, c.id, the_requester, moment
               FROM unnest(coming) WITH ORDINALITY AS c (id, place) ORDER BY c.place
          RETURNING id, account_id
    )
    INSERT INTO memberships (thread_id, account_id, joined_event_id, read_message_id)
         -- Who comes back has read what they had read.
         SELECT thread.id, come.account_id, come.id,
                coalesce((SELECT max(read_message_id) FROM memberships
                           WHERE thread_id = thread.id AND account_id = come.account_id), 0)
           FROM come;
$$;

-- A message of a member to the thread. Outcomes: 'posted'; 'repeated' (the author sent it before under this client_id:
-- answers that one, nothing is written); 'not entitled'.
CREATE FUNCTION message_post(
    the_thread bigint, the_author bigint, the_text text, the_client_id text, moment timestamptz,
    OUT outcome text, OUT posted_id bigint, OUT posted_text text, OUT posted_at timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM threads WHERE id = the_thread FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT FROM memberships
         WHERE thread_id = the_thread AND account_id = the_author AND left_event_id IS NULL
    ) THEN
        outcome := 'not entitled';
        RETURN;
    END IF;
    IF the_client_id IS NOT NULL THEN
        SELECT id, text, created_at INTO posted_id, posted_text, posted_at
          FROM messages
         WHERE thread_id = the_thread AND author_id = the_author AND client_id = the_client_id;
        IF FOUND THEN
            outcome := 'repeated';
            RETURN;
        END IF;
    END IF;
    INSERT INTO messages (thread_id, author_id, text, client_id, created_at)
         VALUES (the_thread, the_author, the_text, the_client_id, moment)
      RETURNING id INTO posted_id;
    UPDATE threads
       SET newest_other_message_id = CASE WHEN newest_author_id = the_author THEN newest_other_message_id
                                          ELSE newest_message_id END,
           newest_message_id = posted_id, newest_author_id = the_author,
           last_message_id = posted_id, last_message_at = moment
     WHERE id = the_thread;
    INSERT INTO events (kind, thread_id, actor_id, message_id, at)
         VALUES ('message', the_thread, the_author, posted_id, moment);
    outcome := 'posted';
    posted_text := the_text;
    posted_at := moment;
END
$$;

-- A member has read up to this message of the thread. Outcomes: 'moved'; 'unmoved' (they had read as far, nothing is
-- written); 'not entitled' (no member, or no message of this thread). Answers how far they have read.
CREATE FUNCTION message_mark_read(
    the_thread bigint, the_reader bigint, the_message bigint, moment timestamptz,
    OUT outcome text, OUT read_id bigint
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT m.read_message_id INTO read_id
      FROM memberships m
     WHERE m.thread_id = the_thread AND m.account_id = the_reader AND m.left_event_id IS NULL
       AND EXISTS (SELECT FROM messages s WHERE s.id = the_message AND s.thread_id = the_thread);
    IF NOT FOUND THEN
        outcome := 'not entitled';
        RETURN;
    ELSIF read_id >= the_message THEN
        outcome := 'unmoved';
        RETURN;
    END IF;
    -- Holds off a change of members, so that the event below falls on the right side of it, but no post.
    PERFORM FROM threads WHERE id = the_thread FOR KEY SHARE;
    UPDATE memberships
       SET read_message_id = the_message
     WHERE thread_id = the_thread AND account_id = the_reader AND left_event_id IS NULL
       AND read_message_id < the_message;
    IF NOT FOUND THEN
        -- Taken out, or further on, since the look above.
        SELECT read_message_id INTO read_id
          FROM memberships
         WHERE thread_id = the_thread AND account_id = the_reader AND left_event_id IS NULL;
        outcome := CASE WHEN FOUND THEN 'unmoved' ELSE 'not entitled' END;
    ELSE
        INSERT INTO events (kind, thread_id, actor_id, message_id, at)
             VALUES ('read', the_thread, the_reader, the_message, moment);
        read_id := the_message;
        outcome := 'moved';
    END IF;
END
$$;
