-- What the server may do with money: each act one call, which says what became of it and never fails for a reason of
-- business. The functions run as their owner, because the server's role may write nothing of the ledger itself.

-- The asset of a kind that there is one of, and one of its wallets; made at their first use. Not of tokens: of these each
-- community has its own, and none of them is the asset of the kind.
CREATE FUNCTION ledger_asset(the_kind text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found_id bigint;
BEGIN
    SELECT id INTO found_id FROM assets WHERE kind = the_kind AND community_id IS NULL;
    IF found_id IS NULL THEN
        INSERT INTO assets (kind, decimals) VALUES (the_kind, CASE the_kind WHEN 'allowance' THEN 6 ELSE 0 END)
            ON CONFLICT DO NOTHING;
        SELECT id INTO found_id FROM assets WHERE kind = the_kind AND community_id IS NULL;
    END IF;
    RETURN found_id;
END
$$;

CREATE FUNCTION ledger_system_wallet(the_asset bigint, the_kind text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found_id bigint;
BEGIN
    SELECT id INTO found_id FROM wallets WHERE asset_id = the_asset AND kind = the_kind AND kind <> 'holder';
    IF found_id IS NULL THEN
        INSERT INTO wallets (asset_id, kind) VALUES (the_asset, the_kind) ON CONFLICT DO NOTHING;
        SELECT id INTO found_id FROM wallets WHERE asset_id = the_asset AND kind = the_kind AND kind <> 'holder';
    END IF;
    RETURN found_id;
END
$$;

-- Made only for accounts that are there.
CREATE FUNCTION ledger_holder_wallet(the_asset bigint, the_account bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found_id bigint;
BEGIN
    SELECT id INTO found_id FROM wallets WHERE account_id = the_account AND asset_id = the_asset AND kind = 'holder';
    IF found_id IS NULL THEN
        INSERT INTO wallets (asset_id, kind, account_id)
             SELECT the_asset, 'holder', a.id FROM accounts a WHERE a.id = the_account AND a.deleted_at IS NULL
            ON CONFLICT DO NOTHING;
        SELECT id INTO found_id FROM wallets
         WHERE account_id = the_account AND asset_id = the_asset AND kind = 'holder';
    END IF;
    RETURN found_id;
END
$$;

-- Makes units of credits or allowances in an account's wallet. As ledger_post; 'unknown account'.
CREATE FUNCTION ledger_issue(
    asset_kind text, the_account bigint, units bigint, reason text, why text, moment timestamptz,
    OUT outcome text, OUT posting_id bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    asset bigint := ledger_asset(asset_kind);
    wallet bigint := ledger_holder_wallet(asset, the_account);
BEGIN
    IF wallet IS NULL THEN
        outcome := 'unknown account';
        RETURN;
    END IF;
    SELECT * INTO outcome, posting_id
      FROM ledger_post(ledger_system_wallet(asset, 'issuance'), wallet, units, reason, why, moment);
END
$$;

-- Moves units from one account to another at once. As ledger_post; 'unknown account'.
CREATE FUNCTION ledger_transfer(
    asset_kind text, the_account bigint, the_recipient bigint, units bigint, why text, moment timestamptz,
    OUT outcome text, OUT posting_id bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    asset bigint := ledger_asset(asset_kind);
    debit bigint := ledger_holder_wallet(asset, the_account);
    credit bigint;
BEGIN
    -- A wallet outlives its holder, but nothing is paid into it any more.
    IF EXISTS (SELECT FROM accounts WHERE id = the_recipient AND deleted_at IS NULL) THEN
        credit := ledger_holder_wallet(asset, the_recipient);
    END IF;
    IF debit IS NULL OR credit IS NULL THEN
        outcome := 'unknown account';
        RETURN;
    END IF;
    SELECT * INTO outcome, posting_id FROM ledger_post(debit, credit, units, 'transfer', why, moment);
END
$$;

-- Moves units from an account to the sales of the asset at once. As ledger_post; 'unknown account'.
CREATE FUNCTION ledger_spend(
    asset_kind text, the_account bigint, units bigint, why text, moment timestamptz,
    OUT outcome text, OUT posting_id bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    asset bigint := ledger_asset(asset_kind);
    debit bigint := ledger_holder_wallet(asset, the_account);
BEGIN
    IF debit IS NULL THEN
        outcome := 'unknown account';
        RETURN;
    END IF;
    SELECT * INTO outcome, posting_id
      FROM ledger_post(debit, ledger_system_wallet(asset, 'sales'), units, 'purchase', why, moment);
END
$$;

-- Makes units of an asset in one wallet: 'minted', 'too much', or 'no wallet' when the account holds none of it.
CREATE OR REPLACE FUNCTION ledger_mint(
    the_asset bigint, the_account bigint, units bigint, why text, moment timestamptz
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said text;
BEGIN
    SELECT CASE posted.outcome WHEN 'posted' THEN 'minted' ELSE posted.outcome END INTO said
      FROM ledger_post((SELECT id FROM wallets WHERE asset_id = the_asset AND kind = 'issuance'),
                       (SELECT id FROM wallets
                         WHERE asset_id = the_asset AND account_id = the_account AND kind = 'holder'),
                       units, 'mint', why, moment) posted;
    RETURN said;
END
$$;

-- The holders of both wallets of payments are told what became of them.
CREATE FUNCTION ledger_tell(payments postings[], told text, moment timestamptz) RETURNS void LANGUAGE sql AS $$
    INSERT INTO events (kind, account_id, subject, at)
         SELECT 'transaction', w.account_id, jsonb_build_object('postingId', p.id, 'state', told), moment
           FROM unnest(payments) p
           JOIN wallets w ON w.id IN (p.debit_wallet_id, p.credit_wallet_id)
          WHERE w.kind = 'holder'
          ORDER BY p.id, w.id
$$;

-- A payment between members of one community, pending until it is settled: the units are held back, and both are told.
-- Locks the payer's wallet alone. Answers 'pending', or the first check that says no: 'unknown beneficiary',
-- 'unknown ad', 'not payable', 'other beneficiary', 'not enough funds'.
CREATE FUNCTION ledger_pay(
    the_account bigint, the_beneficiary bigint, the_ad bigint, the_units bigint, why text, moment timestamptz,
    OUT outcome text, OUT posting_id bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    payer record;
    payee bigint;
    ad record;
    p postings;
BEGIN
    SELECT w.id, w.asset_id, a.community_id INTO payer
      FROM accounts a
      JOIN assets s ON s.kind = 'token' AND s.community_id = a.community_id
      JOIN wallets w ON w.account_id = a.id AND w.asset_id = s.id AND w.kind = 'holder'
     WHERE a.id = the_account;
    SELECT w.id INTO payee
      FROM accounts a
      JOIN wallets w ON w.account_id = a.id AND w.asset_id = payer.asset_id AND w.kind = 'holder'
     WHERE a.id = the_beneficiary AND a.community_id = payer.community_id AND a.deleted_at IS NULL;
    IF payee IS NULL THEN
        outcome := 'unknown beneficiary';
        RETURN;
    END IF;
    IF the_ad IS NOT NULL THEN
        SELECT d.author_id, d.type, d.points INTO ad
          FROM ads d WHERE d.id = the_ad AND d.community_id = payer.community_id;
        outcome := CASE WHEN ad.author_id IS NULL THEN 'unknown ad'
                        WHEN ad.points <= 0 OR (ad.type = 'WANT') <> (ad.author_id = the_account) THEN 'not payable'
                        WHEN ad.type = 'GIVE' AND ad.author_id <> the_beneficiary THEN 'other beneficiary'
                   END;
        IF outcome IS NOT NULL THEN
            RETURN;
        END IF;
    END IF;
    UPDATE wallets
       SET pending_debits = pending_debits + the_units
     WHERE id = payer.id AND settled - pending_debits >= the_units;
    IF NOT FOUND THEN
        outcome := 'not enough funds';
        RETURN;
    END IF;
    INSERT INTO postings (asset_id, kind, description, created_at, debit_wallet_id, credit_wallet_id, units, state,
                          ad_id)
         VALUES (payer.asset_id, 'payment', why, moment, payer.id, payee, the_units, 'pending', the_ad)
      RETURNING * INTO p;
    PERFORM ledger_tell(ARRAY[p], 'pending', moment);
    outcome := 'pending';
    posting_id := p.id;
END
$$;

-- What an engine calls payments that it was handed and has not finished.
CREATE FUNCTION ledger_refer(ids bigint[], names text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE postings p
       SET reference = named.reference
      FROM unnest(ids, names) AS named (id, reference)
     WHERE p.id = named.id AND p.state = 'pending'
$$;

-- Ends pending payments: moves their units, or gives them free again, and tells both ends. Those that are not pending
-- (any more) stay as they are, and those that somebody else is ending are left to them: nothing is ended twice.
-- Locks the postings, then all their wallets in the order of ids. Answers how many it ended. Wallets are counted in
-- arrays and written once, however many of the payments they have part in.
CREATE FUNCTION ledger_settle(ids bigint[], is_posted boolean, moment timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held postings[];
    p postings;
    wallet wallets;
    debit integer;
    credit integer;
    wallet_ids bigint[] := '{}';
    balances bigint[] := '{}';
    reserves bigint[] := '{}';
    counts bigint[] := '{}';
    heads bytea[] := '{}';
    posting_of bigint[] := '{}';
    wallet_of bigint[] := '{}';
    amount_of bigint[] := '{}';
    place_of bigint[] := '{}';
    balance_of bigint[] := '{}';
    hash_of bytea[] := '{}';
BEGIN
    held := ARRAY(SELECT q FROM postings q
                   WHERE q.id = ANY (ids) AND q.state = 'pending' ORDER BY q.id FOR NO KEY UPDATE SKIP LOCKED);
    FOR wallet IN SELECT * FROM wallets
                   WHERE id IN (SELECT h.debit_wallet_id FROM unnest(held) h
                                 UNION SELECT h.credit_wallet_id FROM unnest(held) h)
                   ORDER BY id FOR NO KEY UPDATE LOOP
        wallet_ids := wallet_ids || wallet.id;
        balances := balances || wallet.settled;
        reserves := reserves || wallet.pending_debits;
        counts := counts || wallet.entries;
        heads := heads || wallet.head;
    END LOOP;
    FOREACH p IN ARRAY held LOOP
        debit := array_position(wallet_ids, p.debit_wallet_id);
        reserves[debit] := reserves[debit] - p.units;
        CONTINUE WHEN NOT is_posted;
        credit := array_position(wallet_ids, p.credit_wallet_id);
        balances[debit] := balances[debit] - p.units;
        balances[credit] := balances[credit] + p.units;
        counts[debit] := counts[debit] + 1;
        counts[credit] := counts[credit] + 1;
        heads[debit] := entry_hash(heads[debit], p.id, p.asset_id, p.kind, p.description, p.created_at,
                                   p.debit_wallet_id, counts[debit], -p.units, balances[debit]);
        heads[credit] := entry_hash(heads[credit], p.id, p.asset_id, p.kind, p.description, p.created_at,
                                    p.credit_wallet_id, counts[credit], p.units, balances[credit]);
        posting_of := posting_of || p.id || p.id;
        wallet_of := wallet_of || p.debit_wallet_id || p.credit_wallet_id;
        amount_of := amount_of || -p.units || p.units;
        place_of := place_of || counts[debit] || counts[credit];
        balance_of := balance_of || balances[debit] || balances[credit];
        hash_of := hash_of || heads[debit] || heads[credit];
    END LOOP;
    UPDATE postings
       SET state = CASE WHEN is_posted THEN 'posted' ELSE 'failed' END, settled_at = moment
     WHERE id IN (SELECT h.id FROM unnest(held) h);
    INSERT INTO entries (posting_id, wallet_id, amount, place, balance, hash)
         SELECT * FROM unnest(posting_of, wallet_of, amount_of, place_of, balance_of, hash_of);
    UPDATE wallets w
       SET settled = n.settled, pending_debits = n.pending_debits, entries = n.entries, head = n.head
      FROM unnest(wallet_ids, balances, reserves, counts, heads) AS n (id, settled, pending_debits, entries, head)
     WHERE w.id = n.id;
    PERFORM ledger_tell(held, CASE WHEN is_posted THEN 'completed' ELSE 'failed' END, moment);
    RETURN cardinality(held);
END
$$;

REVOKE EXECUTE ON FUNCTION
    ledger_issue, ledger_transfer, ledger_spend, ledger_mint, ledger_pay, ledger_refer, ledger_settle
    FROM public;
GRANT EXECUTE ON FUNCTION
    ledger_issue, ledger_transfer, ledger_spend, ledger_mint, ledger_pay, ledger_refer, ledger_settle
    TO hiroba_server;

-- A payment between people, with both as others are shown them.
CREATE VIEW transaction_records AS
SELECT p.id, s.community_id, c.name AS community_name,
       (SELECT CAST(row_to_json(r) AS text) FROM person_records r WHERE r.id = d.account_id) AS remitter,
       (SELECT CAST(row_to_json(r) AS text) FROM person_records r WHERE r.id = k.account_id) AS beneficiary,
       p.units, p.description, p.created_at, p.settled_at,
       CASE p.state WHEN 'posted' THEN 'completed' ELSE p.state END AS state
  FROM postings p
  JOIN assets s ON s.id = p.asset_id
  JOIN communities c ON c.id = s.community_id
  JOIN wallets d ON d.id = p.debit_wallet_id
  JOIN wallets k ON k.id = p.credit_wallet_id
 WHERE p.kind = 'payment';
GRANT SELECT ON transaction_records TO hiroba_server;
