-- Who there is: communities, accounts, and what proves who somebody is. The audit of what was done with it. Ads.

-- The server's statements run under this role (SET ROLE at connect), so that what must never change cannot be changed
-- by a mistake in a query. Roles belong to the whole cluster: another database may have made it a moment ago, or an
-- administrator for an owner who may make none.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hiroba_server') THEN
        CREATE ROLE hiroba_server NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING MESSAGE = format(
            'the role hiroba_server is missing, and %I may not create it; as superuser: '
            'CREATE ROLE hiroba_server NOLOGIN; GRANT hiroba_server TO %1$I', current_user);
END
$$;

-- Since PostgreSQL 16 whoever creates a role is its member, but may not become it before being granted that as well.
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'hiroba_server',
                       CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
    THEN
        EXECUTE format('GRANT hiroba_server TO %I', current_user);
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING MESSAGE = format(
            '%I may not become the role hiroba_server; as superuser: GRANT hiroba_server TO %1$I', current_user);
END
$$;

GRANT USAGE ON SCHEMA public TO hiroba_server;

CREATE TABLE communities (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX communities_name_key ON communities (lower(name));

CREATE TABLE accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text CHECK (length(username) BETWEEN 1 AND 64 AND strpos(username, '@') = 0),
    email text CHECK (length(email) BETWEEN 3 AND 254 AND strpos(email, '@') > 1),
    password_hash text,
    first_name text CHECK (length(first_name) <= 200),
    last_name text CHECK (length(last_name) <= 200),
    description text CHECK (length(description) <= 10000),
    location text CHECK (length(location) <= 500),
    avatar text,
    community_id bigint REFERENCES communities,
    is_coordinator boolean NOT NULL DEFAULT false,
    is_operator boolean NOT NULL DEFAULT false,
    confirmed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    disabled_at timestamptz,
    deleted_at timestamptz,
    CONSTRAINT accounts_coordinator_has_community CHECK (NOT is_coordinator OR community_id IS NOT NULL),
    CONSTRAINT accounts_deleted_is_anonymous CHECK (
        deleted_at IS NULL
        OR num_nonnulls(username, email, password_hash, first_name, last_name, description, location, avatar) = 0
    )
);
-- Unique without regard to case. No identifier can be both: a username holds no "@", an e-mail always does.
CREATE UNIQUE INDEX accounts_username_key ON accounts (lower(username));
CREATE UNIQUE INDEX accounts_email_key ON accounts (lower(email));
CREATE UNIQUE INDEX accounts_coordinator_key ON accounts (community_id) WHERE is_coordinator;
CREATE INDEX accounts_community ON accounts (community_id, id);

CREATE TABLE sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea NOT NULL,
    api text NOT NULL,
    -- NULL: a browser that followed a reset link and is signed in as nobody.
    account_id bigint REFERENCES accounts,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    address text NOT NULL DEFAULT '',
    user_agent text NOT NULL DEFAULT '' CHECK (length(user_agent) <= 500)
);
CREATE UNIQUE INDEX sessions_token_hash_key ON sessions (token_hash);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- The right to set one account's new password once, held by one browser's session.
CREATE TABLE grants (
    session_id bigint PRIMARY KEY REFERENCES sessions ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts,
    expires_at timestamptz NOT NULL
);
CREATE INDEX grants_account ON grants (account_id);

-- Links (and later codes) that were mailed. Only a hash is kept, bound to its purpose and to the address it went to.
CREATE TABLE codes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    purpose text NOT NULL,
    secret_hash bytea NOT NULL,
    account_id bigint NOT NULL REFERENCES accounts,
    email text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    voided_at timestamptz
);
CREATE UNIQUE INDEX codes_secret_key ON codes (purpose, secret_hash);
CREATE INDEX codes_account ON codes (account_id, purpose);
CREATE INDEX codes_expires_at ON codes (expires_at);

-- What limits count: one row an event, forgotten when its window has passed. Keys are keyed hashes.
CREATE TABLE attempts (
    kind text NOT NULL,
    key bytea NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX attempts_key ON attempts (kind, key, at);
CREATE INDEX attempts_at ON attempts (at);

-- Addresses from which an account was signed in to before (a keyed hash of both): spared when an account is under siege.
CREATE TABLE known_addresses (
    key bytea PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts,
    at timestamptz NOT NULL
);
CREATE INDEX known_addresses_account ON known_addresses (account_id);

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    act text NOT NULL,
    -- Who did it: an account, or 'command line'.
    actor text NOT NULL,
    actor_id bigint REFERENCES accounts,
    account_id bigint REFERENCES accounts,
    api text,
    address text,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_account ON audit (account_id, id);
CREATE INDEX audit_at ON audit (at);

CREATE TABLE ads (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    community_id bigint NOT NULL REFERENCES communities,
    author_id bigint NOT NULL REFERENCES accounts,
    type text NOT NULL CHECK (type IN ('WANT', 'GIVE')),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 500),
    description text NOT NULL CHECK (length(description) <= 10000),
    points bigint NOT NULL CHECK (points >= 0),
    location text CHECK (length(location) <= 500),
    photo text,
    created_at timestamptz NOT NULL
);
CREATE INDEX ads_community ON ads (community_id, id);
CREATE INDEX ads_author ON ads (author_id, id);

GRANT SELECT, INSERT, UPDATE ON communities, accounts TO hiroba_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, grants, codes, attempts, known_addresses, ads TO hiroba_server;
GRANT SELECT, INSERT ON audit TO hiroba_server;
