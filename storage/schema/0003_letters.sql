-- Mail that leaves (letters: the outbox) and, with the embedded sink, mail that arrived (mailbox).

CREATE TABLE letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Names the templates.
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z_]*$'),
    -- Fixed when the letter is put: whoever receives it twice can tell.
    message_id text NOT NULL CHECK (message_id ~ '^<[!-;=?-~]+@[!-;=?-~]+>$'),
    recipient text NOT NULL CHECK (octet_length(recipient) BETWEEN 3 AND 254 AND strpos(recipient, '@') > 1),
    recipient_name text NOT NULL DEFAULT '' CHECK (length(recipient_name) <= 200),
    fields jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(fields) = 'object'),
    -- Links and codes, sealed under the server's key. NULL if there are none, and once the letter is out of our hands.
    secrets bytea,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    -- Claims so far, so that a letter on which couriers die comes to an end too.
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    due_at timestamptz NOT NULL,
    -- A courier has it until then.
    claimed_until timestamptz,
    last_error text CHECK (length(last_error) <= 500),
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT letters_end CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CONSTRAINT letters_keep_no_secret CHECK (state = 'waiting' OR (secrets IS NULL AND claimed_until IS NULL))
);
CREATE UNIQUE INDEX letters_message_id_key ON letters (message_id);
-- The claim walks this in its order; what is delivered costs it nothing.
CREATE INDEX letters_due ON letters (due_at, id) WHERE state = 'waiting';
CREATE INDEX letters_ended_at ON letters (ended_at) WHERE state <> 'waiting';
CREATE INDEX letters_recipient ON letters (lower(recipient));

CREATE TABLE letter_attachments (
    letter_id bigint NOT NULL REFERENCES letters ON DELETE CASCADE,
    position integer NOT NULL CHECK (position > 0),
    filename text NOT NULL CHECK (length(filename) BETWEEN 1 AND 200),
    content_type text NOT NULL CHECK (content_type ~ '^[a-z]+/[a-z0-9.+-]+$'),
    content bytea NOT NULL,
    PRIMARY KEY (letter_id, position)
);

-- What the embedded sink received: one row a message and recipient.
CREATE TABLE mailbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id text NOT NULL CHECK (octet_length(message_id) <= 998),
    sender text NOT NULL,
    recipient text NOT NULL CHECK (octet_length(recipient) <= 998),
    subject text NOT NULL,
    text text NOT NULL,
    html text NOT NULL,
    received_at timestamptz NOT NULL
);
-- A courier that died between sending and noting so sends again: the repeated message is dropped here.
CREATE UNIQUE INDEX mailbox_message_key ON mailbox (message_id, lower(recipient));
CREATE INDEX mailbox_recipient ON mailbox (lower(recipient), id);

CREATE TABLE mailbox_attachments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mail_id bigint NOT NULL REFERENCES mailbox ON DELETE CASCADE,
    position integer NOT NULL CHECK (position > 0),
    filename text NOT NULL,
    content_type text NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT mailbox_attachments_order UNIQUE (mail_id, position)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON letters TO hiroba_server;
GRANT SELECT, INSERT, DELETE ON letter_attachments, mailbox, mailbox_attachments TO hiroba_server;
