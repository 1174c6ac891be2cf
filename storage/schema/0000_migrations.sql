-- What was done to this database's structure: one row a file of this folder, written in the transaction that applied it.
CREATE TABLE migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    -- SHA-256 of the file's text, in hexadecimal digits.
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
