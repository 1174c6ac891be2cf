-- The proof of the ledger.

-- Computes everything anew from what was written first, and names the first row that does not fit: entries by their
-- chain and running balance, postings by their entries, wallets by their entries and by what is pending, assets by
-- their sum. Nothing is named when all fits. One snapshot, beside whatever else goes on.
CREATE FUNCTION ledger_verify() RETURNS TABLE (noun text, row_id text, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH chained AS (
        SELECT e.posting_id, e.wallet_id, e.place, e.amount, e.balance, e.hash,
               row_number() OVER chain AS right_place,
               sum(e.amount) OVER chain AS right_balance,
               entry_hash(coalesce(lag(e.hash) OVER chain, '\x'), e.posting_id, p.asset_id, p.kind, p.description,
                          p.created_at, e.wallet_id, e.place, e.amount, e.balance) AS right_hash
          FROM entries e
          LEFT JOIN postings p ON p.id = e.posting_id
        WINDOW chain AS (PARTITION BY e.wallet_id ORDER BY e.place)
    ),
    ends AS (
        SELECT wallet_id, count(*) AS entries, sum(amount) AS settled,
               (array_agg(hash ORDER BY place DESC))[1] AS head
          FROM entries GROUP BY wallet_id
    ),
    moved AS (
        SELECT posting_id, count(*) AS entries, sum(amount) AS total,
               min(wallet_id) FILTER (WHERE amount < 0) AS debit_wallet_id,
               min(wallet_id) FILTER (WHERE amount > 0) AS credit_wallet_id,
               sum(amount) FILTER (WHERE amount > 0) AS units
          FROM entries GROUP BY posting_id
    ),
    held AS (
        SELECT debit_wallet_id AS wallet_id, sum(units) AS units FROM postings WHERE state = 'pending' GROUP BY 1
    ),
    faults AS (
        (SELECT 1 AS grade, posting_id AS rank, 'entry' AS noun,
                concat('posting ', posting_id, ', wallet ', wallet_id, ', place ', place) AS row_id,
                CASE WHEN place <> right_place THEN concat('it is entry ', right_place, ' of its wallet')
                     WHEN right_hash IS DISTINCT FROM hash THEN
                         concat('its hash is not that of what it says (amount ', amount, ', balance ', balance, ')')
                     ELSE concat('its balance is ', balance, ' where its wallet''s entries give ', right_balance)
                END AS reason
           FROM chained
          WHERE place <> right_place OR balance <> right_balance OR right_hash IS DISTINCT FROM hash
          ORDER BY posting_id, wallet_id LIMIT 1)
        UNION ALL
        (SELECT 2, p.id, 'posting', CAST(p.id AS text),
                CASE WHEN p.state = 'posted' THEN concat('its entries do not move ', p.units, ' from wallet ',
                                                         p.debit_wallet_id, ' to ', p.credit_wallet_id)
                     ELSE concat('it is ', p.state, ' and has entries') END
           FROM postings p
           LEFT JOIN moved m ON m.posting_id = p.id
          WHERE CASE WHEN p.state = 'posted'
                     THEN m.entries IS DISTINCT FROM 2 OR m.total <> 0 OR m.units IS DISTINCT FROM p.units
                          OR m.debit_wallet_id IS DISTINCT FROM p.debit_wallet_id
                          OR m.credit_wallet_id IS DISTINCT FROM p.credit_wallet_id
                     ELSE m.entries IS NOT NULL END
          ORDER BY p.id LIMIT 1)
        UNION ALL
        (SELECT 3, w.id, 'wallet', CAST(w.id AS text),
                concat('it says settled ', w.settled, ', pending ', w.pending_debits, ', entries ', w.entries,
                       '; its rows give ', coalesce(n.settled, 0), ', ', coalesce(h.units, 0), ', ',
                       coalesce(n.entries, 0), CASE WHEN w.head <> coalesce(n.head, '\x') THEN ' and another head' END)
           FROM wallets w
           LEFT JOIN ends n ON n.wallet_id = w.id
           LEFT JOIN held h ON h.wallet_id = w.id
          WHERE w.settled <> coalesce(n.settled, 0) OR w.entries <> coalesce(n.entries, 0)
             OR w.head <> coalesce(n.head, '\x') OR w.pending_debits <> coalesce(h.units, 0)
          ORDER BY w.id LIMIT 1)
        UNION ALL
        (SELECT 4, n.wallet_id, 'wallet', CAST(n.wallet_id AS text), 'it has entries and does not exist'
           FROM ends n WHERE NOT EXISTS (SELECT FROM wallets w WHERE w.id = n.wallet_id)
          ORDER BY n.wallet_id LIMIT 1)
        UNION ALL
        (SELECT 5, w.asset_id, 'asset', CAST(w.asset_id AS text), concat('its wallets hold ', sum(w.settled), ', not 0')
           FROM wallets w GROUP BY w.asset_id HAVING sum(w.settled) <> 0
          ORDER BY w.asset_id LIMIT 1)
    )
    SELECT noun, row_id, reason FROM faults ORDER BY grade, rank LIMIT 1
$$;

REVOKE EXECUTE ON FUNCTION ledger_verify FROM public;
GRANT EXECUTE ON FUNCTION ledger_verify TO hiroba_server;
