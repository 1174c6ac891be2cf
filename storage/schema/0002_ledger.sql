-- The double-entry ledger: who holds how much of what, and every movement that made it so.
-- Amounts are whole minor units of their asset (bigint); no balance is ever computed from anything but entries.

CREATE TABLE assets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- 'token' (one per community), later 'credit' and 'allowance' (one each).
    kind text NOT NULL CHECK (kind IN ('token', 'credit', 'allowance')),
    community_id bigint REFERENCES communities,
    decimals smallint NOT NULL CHECK (decimals BETWEEN 0 AND 6),
    CONSTRAINT assets_token_of_a_community CHECK ((kind = 'token') = (community_id IS NOT NULL))
);
CREATE UNIQUE INDEX assets_community_key ON assets (community_id) WHERE kind = 'token';
CREATE UNIQUE INDEX assets_kind_key ON assets (kind) WHERE kind <> 'token';

CREATE TABLE wallets (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id bigint NOT NULL REFERENCES assets,
    -- 'holder' belongs to an account; 'issuance' is where the asset comes from and alone may be below zero.
    kind text NOT NULL CHECK (kind IN ('holder', 'issuance', 'sales')),
    account_id bigint REFERENCES accounts,
    settled bigint NOT NULL DEFAULT 0,
    pending_debits bigint NOT NULL DEFAULT 0 CHECK (pending_debits >= 0),
    CONSTRAINT wallets_holder_is_an_account CHECK ((kind = 'holder') = (account_id IS NOT NULL)),
    CONSTRAINT wallets_floor CHECK (kind = 'issuance' OR settled - pending_debits >= 0)
);
CREATE UNIQUE INDEX wallets_holder_key ON wallets (account_id, asset_id) WHERE kind = 'holder';
CREATE UNIQUE INDEX wallets_system_key ON wallets (asset_id, kind) WHERE kind <> 'holder';

CREATE TABLE postings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asset_id bigint NOT NULL REFERENCES assets,
    kind text NOT NULL,
    description text NOT NULL CHECK (length(description) <= 10000),
    created_at timestamptz NOT NULL
);

CREATE TABLE entries (
    posting_id bigint NOT NULL REFERENCES postings,
    wallet_id bigint NOT NULL REFERENCES wallets,
    amount bigint NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (posting_id, wallet_id)
);
CREATE INDEX entries_wallet ON entries (wallet_id, posting_id);

-- What one wallet gives another of the same asset takes: checked when the transaction ends, whoever wrote the entries.
CREATE FUNCTION entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT asset_id FROM wallets WHERE id = NEW.wallet_id)
        <> (SELECT asset_id FROM postings WHERE id = NEW.posting_id)
    THEN
        RAISE EXCEPTION 'posting % is of another asset than wallet %', NEW.posting_id, NEW.wallet_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_asset';
    END IF;
    IF (SELECT sum(amount) FROM entries WHERE posting_id = NEW.posting_id) <> 0 THEN
        RAISE EXCEPTION 'posting % does not balance', NEW.posting_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_balance';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER entries_balance AFTER INSERT ON entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION entries_balance();

-- Makes `units` of an asset in one wallet. Locks both wallets in the order of their ids.
-- Answers 'minted', or 'no wallet' when the account holds none of the asset.
CREATE FUNCTION ledger_mint(the_asset bigint, the_account bigint, units bigint, why text, moment timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    source bigint;
    target bigint;
    posting bigint;
BEGIN
    PERFORM 1 FROM wallets
      WHERE asset_id = the_asset AND (kind = 'issuance' OR account_id = the_account)
      ORDER BY id FOR NO KEY UPDATE;
    SELECT id INTO source FROM wallets WHERE asset_id = the_asset AND kind = 'issuance';
    SELECT id INTO target FROM wallets WHERE asset_id = the_asset AND account_id = the_account;
    IF source IS NULL OR target IS NULL THEN
        RETURN 'no wallet';
    END IF;
    INSERT INTO postings (asset_id, kind, description, created_at)
         VALUES (the_asset, 'mint', why, moment) RETURNING id INTO posting;
    INSERT INTO entries (posting_id, wallet_id, amount) VALUES (posting, source, -units), (posting, target, units);
    UPDATE wallets SET settled = settled - units WHERE id = source;
    UPDATE wallets SET settled = settled + units WHERE id = target;
    RETURN 'minted';
END
$$;

GRANT SELECT, INSERT ON assets, postings, entries TO hiroba_server;
GRANT SELECT, INSERT, UPDATE ON wallets TO hiroba_server;
