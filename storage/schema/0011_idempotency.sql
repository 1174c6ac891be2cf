-- Answers of requests that carried an Idempotency-Key, so that asking again does nothing again.
-- Keys and requests are keyed hashes; a row is written in the act's own transaction and worth nothing after a day.

CREATE TABLE remembered_answers (
    account_id bigint NOT NULL REFERENCES accounts,
    key_hash bytea NOT NULL,
    request_hash bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, key_hash)
);
CREATE INDEX remembered_answers_created_at ON remembered_answers (created_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON remembered_answers TO hiroba_server;
