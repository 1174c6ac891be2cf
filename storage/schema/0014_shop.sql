-- What can be bought with credits. Items are put up and stay: what somebody bought keeps its name and its price.

CREATE TABLE items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- Whole credits.
    price bigint NOT NULL CHECK (price BETWEEN 1 AND 9007199254740992),
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX items_name_key ON items (lower(name));

GRANT SELECT, INSERT ON items TO hiroba_server;
