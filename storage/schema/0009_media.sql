-- Pictures of people and ads. What a picture is lies in a file named by its content; a row gives it a name of its own.

CREATE TABLE media (
    -- Random: whoever was not told cannot guess it.
    name text PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9_-]{32}$'),
    account_id bigint NOT NULL REFERENCES accounts,
    -- SHA-256 of the file. Two names may share one.
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    content_type text NOT NULL CHECK (content_type IN ('image/jpeg', 'image/png', 'image/webp')),
    created_at timestamptz NOT NULL
);
CREATE INDEX media_account ON media (account_id);
CREATE INDEX media_content ON media (content_hash);

-- Content that a name let go of, until somebody has looked whether another name has it, and removed the file if not.
CREATE TABLE media_leftovers (
    content_hash bytea PRIMARY KEY CHECK (octet_length(content_hash) = 32)
);

-- These columns hold names. Each belongs to one person or ad; the indexes are for taking a name away, too.
ALTER TABLE accounts ADD CONSTRAINT accounts_avatar_fkey FOREIGN KEY (avatar) REFERENCES media;
ALTER TABLE ads ADD CONSTRAINT ads_photo_fkey FOREIGN KEY (photo) REFERENCES media;
CREATE UNIQUE INDEX accounts_avatar_key ON accounts (avatar) WHERE avatar IS NOT NULL;
CREATE UNIQUE INDEX ads_photo_key ON ads (photo) WHERE photo IS NOT NULL;

-- Whoever holds it knows that files of this content are neither taken for leftovers nor removed.
CREATE FUNCTION media_hold(the_content bytea) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock_shared(hashtext('media'), hashtext(encode(the_content, 'hex')))
$$;

-- What is to become of the file of this content, which nobody else decides until the transaction ends: 'free' (it may be
-- removed), 'kept' (it has a name), 'busy' (somebody is about to give it one). The advisory lock is had before the row's,
-- as by those who give it a name: two orders would be a deadlock.
CREATE FUNCTION media_judge(the_content bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('media'), hashtext(encode(the_content, 'hex'))) THEN
        RETURN 'busy';
    END IF;
    PERFORM FROM media_leftovers WHERE content_hash = the_content FOR UPDATE;
    RETURN CASE WHEN EXISTS (SELECT FROM media WHERE content_hash = the_content) THEN 'kept' ELSE 'free' END;
END
$$;

-- Under which address a name is shown. The server tells the beginning of it when it connects.
CREATE FUNCTION media_url(name text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('hiroba.media_url', true), '/media/') || name
$$;

-- The views are what they were, but that pictures have their addresses.
CREATE OR REPLACE VIEW account_records AS
SELECT a.id, a.username, a.email, a.first_name, a.last_name, a.description, a.location, media_url(a.avatar) AS avatar,
       a.community_id, a.is_coordinator, a.is_operator, a.confirmed_at, a.created_at, a.updated_at,
       a.disabled_at, a.deleted_at, coalesce(w.settled - w.pending_debits, 0) AS balance
  FROM accounts a
  LEFT JOIN assets s ON s.kind = 'token' AND s.community_id = a.community_id
  LEFT JOIN wallets w ON w.kind = 'holder' AND w.asset_id = s.id AND w.account_id = a.id;

CREATE OR REPLACE VIEW ad_records AS
SELECT d.id, d.community_id, d.type, d.title, d.description, d.points, d.location, media_url(d.photo) AS photo,
       d.created_at,
       a.id AS author_id, a.username AS author_username, a.email AS author_email,
       a.first_name AS author_first_name, a.last_name AS author_last_name,
       a.description AS author_description, a.location AS author_location, media_url(a.avatar) AS author_avatar,
       a.deleted_at AS author_deleted_at
  FROM ads d
  JOIN accounts a ON a.id = d.author_id;

CREATE OR REPLACE VIEW person_records AS
SELECT id, username, email, first_name, last_name, description, location, media_url(avatar) AS avatar, deleted_at
  FROM accounts;

CREATE OR REPLACE VIEW thread_records AS
SELECT t.id, t.kind, t.title, t.created_at,
       (SELECT CAST(row_to_json(p) AS text) FROM person_records p WHERE p.id = t.creator_id) AS creator,
       (SELECT CAST(coalesce(json_agg(p ORDER BY s.joined_event_id, s.place), '[]') AS text)
          FROM memberships s
          JOIN person_records p ON p.id = s.account_id
         WHERE s.thread_id = t.id AND s.left_event_id IS NULL AND s.account_id <> t.creator_id) AS parties,
       (SELECT CAST(row_to_json(shown) AS text)
          FROM (SELECT d.id, d.community_id, d.type, d.title, d.description, d.points, d.location,
                       media_url(d.photo) AS photo, d.created_at, p AS author
                  FROM ads d
                  JOIN person_records p ON p.id = d.author_id
                 WHERE d.id = t.ad_id) shown) AS ad,
       m.id AS message_id, m.author_id, m.text, m.created_at AS posted_at,
       -- When it was last of interest: the lists' order.
       coalesce(t.last_message_at, t.created_at) AS stirred_at,
       t.kind = 'group' OR t.newest_message_id IS NOT NULL AS is_listed
  FROM threads t
  LEFT JOIN messages m ON m.id = t.last_message_id;

GRANT SELECT, INSERT, DELETE ON media TO hiroba_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON media_leftovers TO hiroba_server;
