-- A ticket opens one live connection for the session that made it, within seconds, and ends with that session.

CREATE TABLE tickets (
    secret_hash bytea PRIMARY KEY,
    session_id bigint NOT NULL REFERENCES sessions ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
CREATE INDEX tickets_session ON tickets (session_id);
CREATE INDEX tickets_expires_at ON tickets (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON tickets TO hiroba_server;
