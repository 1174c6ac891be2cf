-- The ledger whole: payments that are pending before they are settled, transfers and purchases that are settled at once,
-- and a chain of hashes in each wallet. Only the functions below write; the server's role may only call them.

-- What two of the APIs keep of a person beyond what all show. None of it is read on the way of a request.
ALTER TABLE accounts
    ADD COLUMN gender text CHECK (gender IN ('M', 'F')),
    ADD COLUMN city text CHECK (length(city) <= 200),
    ADD COLUMN state text CHECK (length(state) <= 50),
    ADD COLUMN zip_code text CHECK (length(zip_code) <= 50),
    ADD COLUMN organization text CHECK (length(organization) <= 500),
    -- Millionths.
    ADD COLUMN emissions bigint CHECK (emissions >= 0),
    DROP CONSTRAINT accounts_deleted_is_anonymous,
    ADD CONSTRAINT accounts_deleted_is_anonymous CHECK (
        deleted_at IS NULL
        OR num_nonnulls(username, email, password_hash, first_name, last_name, description, location, avatar,
                        gender, city, state, zip_code, organization, emissions) = 0
    );

-- A movement of `units` from one wallet to another of the same asset. Never changed but for its state: 'pending' holds
-- the units back in the wallet they leave, 'posted' has moved them, 'failed' gave them free again.
ALTER TABLE postings
    ADD COLUMN debit_wallet_id bigint,
    ADD COLUMN credit_wallet_id bigint,
    ADD COLUMN units bigint CHECK (units > 0),
    ADD COLUMN state text NOT NULL DEFAULT 'posted' CHECK (state IN ('pending', 'posted', 'failed')),
    ADD COLUMN settled_at timestamptz,
    -- What was paid for. The ad may go.
    ADD COLUMN ad_id bigint,
    -- What the engine that settles it calls it, once that was told.
    ADD COLUMN reference text CHECK (length(reference) <= 500);

UPDATE postings p
   SET debit_wallet_id = d.wallet_id, credit_wallet_id = c.wallet_id, units = c.amount, settled_at = p.created_at
  FROM entries d, entries c
 WHERE d.posting_id = p.id AND d.amount < 0 AND c.posting_id = p.id AND c.amount > 0;

-- Neither references assets nor wallets: such a check locks the row of an asset that every payment shares, for nothing.
-- Only the functions below insert, which have just read both; `ledger_verify` tells if a row were wrong.
ALTER TABLE postings
    DROP CONSTRAINT postings_asset_id_fkey,
    ALTER COLUMN debit_wallet_id SET NOT NULL,
    ALTER COLUMN credit_wallet_id SET NOT NULL,
    ALTER COLUMN units SET NOT NULL,
    ADD CONSTRAINT postings_two_wallets CHECK (debit_wallet_id <> credit_wallet_id),
    ADD CONSTRAINT postings_settled CHECK ((state = 'pending') = (settled_at IS NULL));
CREATE INDEX postings_pending ON postings (id) WHERE state = 'pending';
CREATE INDEX postings_debit ON postings (debit_wallet_id, id);
CREATE INDEX postings_credit ON postings (credit_wallet_id, id);

-- Each wallet counts its entries and holds the hash of its newest: the end of its chain.
ALTER TABLE wallets
    ADD COLUMN entries bigint NOT NULL DEFAULT 0 CHECK (entries >= 0),
    ADD COLUMN head bytea NOT NULL DEFAULT '\x',
    -- What a JSON number holds exactly.
    ADD CONSTRAINT wallets_exact CHECK (settled BETWEEN -9007199254740992 AND 9007199254740992);
ALTER TABLE wallets SET (fillfactor = 70);

-- `place` counts within the wallet, `balance` is the wallet's after the entry, `hash` covers it, its posting and the
-- entry before it in the wallet.
ALTER TABLE entries
    DROP CONSTRAINT entries_posting_id_fkey,
    DROP CONSTRAINT entries_wallet_id_fkey,
    ADD COLUMN place bigint CHECK (place > 0),
    ADD COLUMN balance bigint,
    ADD COLUMN hash bytea;

-- One chain in each wallet, and not one in each asset: whoever writes an entry holds its wallet's row anyway, so the
-- chain keeps nobody waiting. The description comes last, because it alone can hold the separator.
CREATE FUNCTION entry_hash(
    previous bytea, posting_id bigint, asset_id bigint, kind text, description text, created_at timestamptz,
    wallet_id bigint, place bigint, amount bigint, balance bigint
) RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN sha256(previous || convert_to(
        concat_ws('|', wallet_id, place, amount, balance, posting_id, asset_id,
                  CAST(extract(epoch FROM created_at) * 1000000 AS bigint), kind, description),
        'UTF8'));
END
$$;

-- Entries that were written before there were chains.
DO $$
DECLARE
    e record;
    at_wallet bigint := 0;
    count_so_far bigint;
    balance_so_far bigint;
    head_so_far bytea;
BEGIN
    FOR e IN SELECT x.wallet_id, x.amount, x.posting_id, p.asset_id, p.kind, p.description, p.created_at
               FROM entries x JOIN postings p ON p.id = x.posting_id
              ORDER BY x.wallet_id, x.posting_id
    LOOP
        IF e.wallet_id <> at_wallet THEN
            at_wallet := e.wallet_id;
            count_so_far := 0;
            balance_so_far := 0;
            head_so_far := '\x';
        END IF;
        count_so_far := count_so_far + 1;
        balance_so_far := balance_so_far + e.amount;
        head_so_far := entry_hash(head_so_far, e.posting_id, e.asset_id, e.kind, e.description, e.created_at,
                                  e.wallet_id, count_so_far, e.amount, balance_so_far);
        UPDATE entries
           SET place = count_so_far, balance = balance_so_far, hash = head_so_far
         WHERE posting_id = e.posting_id AND wallet_id = e.wallet_id;
        UPDATE wallets SET entries = count_so_far, head = head_so_far WHERE id = e.wallet_id;
    END LOOP;
END
$$;
-- The trigger of the updates above, deferred, must have run before the table may change again.
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE entries
    ALTER COLUMN place SET NOT NULL,
    ALTER COLUMN balance SET NOT NULL,
    ALTER COLUMN hash SET NOT NULL;
DROP INDEX entries_wallet;
CREATE UNIQUE INDEX entries_place_key ON entries (wallet_id, place);

-- What is written together balances, is of one asset, and belongs to wallets and postings that there are: whoever
-- writes it. One look at each statement's entries; entries of one posting are written by one statement.
DROP TRIGGER entries_balance ON entries;
DROP FUNCTION entries_balance();
CREATE FUNCTION entries_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added GROUP BY posting_id HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'a posting does not balance' USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_balance';
    END IF;
    IF EXISTS (SELECT FROM added e
                 LEFT JOIN postings p ON p.id = e.posting_id AND p.state <> 'failed'
                 LEFT JOIN wallets w ON w.id = e.wallet_id
                WHERE p.asset_id IS DISTINCT FROM w.asset_id OR p.id IS NULL) THEN
        RAISE EXCEPTION 'an entry is of another asset than its posting'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_asset';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER entries_hold AFTER INSERT ON entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION entries_hold();

-- A movement at once. Locks both wallets in the order of their ids.
-- Answers 'posted'; 'no wallet', 'not enough funds', or 'too much' for more than can be counted.
CREATE FUNCTION ledger_post(
    debit_id bigint, credit_id bigint, the_units bigint, the_kind text, why text, moment timestamptz,
    OUT outcome text, OUT posting_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    wallet wallets;
    debit wallets;
    credit wallets;
    p postings;
BEGIN
    FOR wallet IN SELECT * FROM wallets WHERE id IN (debit_id, credit_id) ORDER BY id FOR NO KEY UPDATE LOOP
        IF wallet.id = debit_id THEN
            debit := wallet;
        ELSE
            credit := wallet;
        END IF;
    END LOOP;
    IF debit.id IS NULL OR credit.id IS NULL THEN
        outcome := 'no wallet';
    ELSIF debit.kind <> 'issuance' AND debit.settled - debit.pending_debits < the_units THEN
        outcome := 'not enough funds';
    ELSIF debit.kind = 'issuance' AND debit.settled - the_units < -9007199254740992 THEN
        outcome := 'too much';
    ELSE
        INSERT INTO postings (asset_id, kind, description, created_at, debit_wallet_id, credit_wallet_id, units,
                              state, settled_at)
             VALUES (debit.asset_id, the_kind, why, moment, debit_id, credit_id, the_units, 'posted', moment)
          RETURNING * INTO p;
        debit.settled := debit.settled - the_units;
        debit.entries := debit.entries + 1;
        debit.head := entry_hash(debit.head, p.id, p.asset_id, p.kind, p.description, p.created_at,
                                 debit.id, debit.entries, -the_units, debit.settled);
        credit.settled := credit.settled + the_units;
        credit.entries := credit.entries + 1;
        credit.head := entry_hash(credit.head, p.id, p.asset_id, p.kind, p.description, p.created_at,
                                  credit.id, credit.entries, the_units, credit.settled);
        INSERT INTO entries (posting_id, wallet_id, amount, place, balance, hash)
             VALUES (p.id, debit.id, -the_units, debit.entries, debit.settled, debit.head),
                    (p.id, credit.id, the_units, credit.entries, credit.settled, credit.head);
        UPDATE wallets SET settled = debit.settled, entries = debit.entries, head = debit.head WHERE id = debit.id;
        UPDATE wallets SET settled = credit.settled, entries = credit.entries, head = credit.head
         WHERE id = credit.id;
        outcome := 'posted';
        posting_id := p.id;
    END IF;
END
$$;

-- Reading is everybody's; writing is the functions' alone. Empty wallets may be made by whoever registers an account.
REVOKE INSERT, UPDATE ON postings, entries, wallets FROM hiroba_server;
GRANT INSERT (asset_id, kind, account_id) ON wallets TO hiroba_server;
