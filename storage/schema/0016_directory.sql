-- What the user directory adds: codes that were mailed to change a password, and the products one can subscribe to.

-- One code an account: whoever asks for another replaces it, and its failures with it. Only a keyed hash is kept.
CREATE TABLE passcodes (
    account_id bigint PRIMARY KEY REFERENCES accounts,
    secret_hash bytea NOT NULL,
    -- Where it was mailed to. It proves nothing about an account that has another address by now.
    email text NOT NULL,
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- Used, or void because the password was set otherwise.
    ended_at timestamptz
);
CREATE INDEX passcodes_expires_at ON passcodes (expires_at);

-- Whether an account can be told by this code: it is not shut out, and still has the address.
CREATE FUNCTION passcode_holds(code passcodes, moment timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT code.ended_at IS NULL AND code.expires_at > moment
       AND EXISTS (SELECT FROM accounts a
                    WHERE a.id = code.account_id AND lower(a.email) = lower(code.email)
                      AND a.disabled_at IS NULL AND a.deleted_at IS NULL)
$$;

-- Tries a code: 'right', 'wrong' or 'spent'. A wrong one is counted before it is answered, under the row's lock: of
-- guesses made at once no more are looked at than of guesses one by one. Past the last failure none is looked at.
CREATE FUNCTION passcode_try(the_account_id bigint, the_hash bytea, failures_max integer, moment timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    code passcodes;
BEGIN
    SELECT * INTO code FROM passcodes WHERE account_id = the_account_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'wrong';
    ELSIF code.failures >= failures_max THEN
        RETURN 'spent';
    ELSIF code.secret_hash <> the_hash THEN
        UPDATE passcodes SET failures = failures + 1 WHERE account_id = the_account_id;
        RETURN 'wrong';
    ELSIF NOT passcode_holds(code, moment) THEN
        RETURN 'spent';
    END IF;
    RETURN 'right';
END
$$;

CREATE TABLE products (
    id uuid PRIMARY KEY,
    -- The order in which they are shown.
    place bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    platform text NOT NULL CHECK (platform IN ('ios', 'android')),
    type text NOT NULL CHECK (length(type) BETWEEN 1 AND 100),
    created_at timestamptz NOT NULL
);
CREATE INDEX products_platform ON products (platform, place);

-- An account as the directory shows it. Its name is that of `handlers.core.names.first_last`, to be found and sorted by.
CREATE VIEW directory_entries AS
SELECT id, email,
       coalesce(nullif(concat_ws(' ', nullif(first_name, ''), nullif(last_name, '')), ''),
                nullif(username, ''), split_part(email, '@', 1), '') AS full_name,
       gender, city, state, zip_code, is_operator, created_at, updated_at
  FROM accounts
 WHERE deleted_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON passcodes TO hiroba_server;
GRANT SELECT, INSERT ON products TO hiroba_server;
GRANT SELECT ON directory_entries TO hiroba_server;
