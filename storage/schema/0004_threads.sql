-- Message threads: who talks with whom, what was said, and the log of what its readers are due.

CREATE TABLE threads (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('ad', 'pair', 'group')),
    community_id bigint NOT NULL REFERENCES communities,
    creator_id bigint NOT NULL REFERENCES accounts,
    -- The ad may go; the thread and its title stay.
    ad_id bigint REFERENCES ads ON DELETE SET NULL,
    pair_low bigint REFERENCES accounts,
    pair_high bigint REFERENCES accounts,
    title text CHECK (length(title) <= 500),
    created_at timestamptz NOT NULL,
    -- The newest message, who wrote it, and the newest of anybody but them: enough to tell for any reader, without
    -- touching their rows when somebody posts, whether there is something of others that they have not read.
    newest_message_id bigint,
    newest_author_id bigint,
    newest_other_message_id bigint,
    -- The newest message of somebody who is still in the thread: the one that is shown.
    last_message_id bigint,
    last_message_at timestamptz,
    CONSTRAINT threads_kind CHECK (
        CASE kind WHEN 'pair' THEN ad_id IS NULL AND title IS NULL AND pair_low < pair_high
                              ELSE title IS NOT NULL AND num_nonnulls(pair_low, pair_high) = 0
        END
    ),
    CONSTRAINT threads_group_has_no_ad CHECK (kind <> 'group' OR ad_id IS NULL)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX threads_ad_key ON threads (creator_id, ad_id) WHERE kind = 'ad';
CREATE UNIQUE INDEX threads_pair_key ON threads (pair_low, pair_high) WHERE kind = 'pair';
CREATE INDEX threads_ad ON threads (ad_id) WHERE ad_id IS NOT NULL;

-- Who is or was in a thread, as intervals of event ids: an event is due to those whose interval holds its id. The same
-- rule serves delivery and replay, so taking somebody out needs no other work. Nobody's row is ever deleted.
CREATE TABLE memberships (
    thread_id bigint NOT NULL REFERENCES threads,
    account_id bigint NOT NULL REFERENCES accounts,
    -- The first event that is due, and the first that no longer is.
    joined_event_id bigint NOT NULL,
    left_event_id bigint CHECK (left_event_id > joined_event_id),
    -- The order among those who came at once.
    place integer NOT NULL DEFAULT 0,
    read_message_id bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (thread_id, account_id, joined_event_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX memberships_current_key ON memberships (account_id, thread_id) WHERE left_event_id IS NULL;

CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    thread_id bigint NOT NULL REFERENCES threads,
    -- A member of the thread when it was posted, so an account that there is: a foreign key would lock the author's row
    -- at every post, for nothing (a tenth of all posts a second).
    author_id bigint NOT NULL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 10000),
    -- The sender's own name for it: sending it again makes no second one.
    client_id text CHECK (length(client_id) BETWEEN 1 AND 255),
    created_at timestamptz NOT NULL
);
CREATE INDEX messages_thread ON messages (thread_id, id);
CREATE UNIQUE INDEX messages_client_key ON messages (thread_id, author_id, client_id) WHERE client_id IS NOT NULL;

-- What happened, for everybody who is due to hear of it; written by the act, in its transaction, without a position.
-- Positions are given afterwards, to committed rows only and by one process at a time (log_advance): so whoever has
-- read up to a position has missed nothing below it, which ids cannot promise, being handed out before the commit.
CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position bigint CHECK (position > 0),
    kind text NOT NULL,
    thread_id bigint,
    -- Whom alone it is for. NULL: all who were in the thread.
    account_id bigint,
    -- Who did it.
    actor_id bigint,
    message_id bigint,
    subject jsonb,
    at timestamptz NOT NULL,
    CONSTRAINT events_are_due_to_somebody CHECK (num_nonnulls(thread_id, account_id) > 0)
);
CREATE INDEX events_unplaced ON events (id) WHERE position IS NULL;
CREATE UNIQUE INDEX events_position_key ON events (position) WHERE position IS NOT NULL;
CREATE INDEX events_thread ON events (thread_id, position) WHERE account_id IS NULL AND position IS NOT NULL;
CREATE INDEX events_account ON events (account_id, position) WHERE account_id IS NOT NULL AND position IS NOT NULL;

-- One row: which log this is, and the last position that was forgotten.
CREATE TABLE log (
    sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
    epoch uuid NOT NULL DEFAULT gen_random_uuid(),
    floor bigint NOT NULL DEFAULT 0
);
INSERT INTO log DEFAULT VALUES;

GRANT SELECT, INSERT, UPDATE ON threads, memberships TO hiroba_server;
-- What was said and what happened is never changed; an event is only given its position, once, and forgotten in time.
GRANT SELECT, INSERT ON messages TO hiroba_server;
GRANT SELECT, INSERT, UPDATE (position), DELETE ON events TO hiroba_server;
GRANT SELECT, UPDATE (floor) ON log TO hiroba_server;
