-- Functions that run as their owner: called by the server alone, and only for what they are made for.

-- Whoever else has a role in the cluster could take numbers of invoices.
REVOKE EXECUTE ON FUNCTION invoice_issue FROM public;
GRANT EXECUTE ON FUNCTION invoice_issue TO hiroba_server;

-- As it was, but for tokens: of these each community has its own, and none of them is the asset of the kind. They move
-- by ledger_pay and are made by ledger_mint.
CREATE OR REPLACE FUNCTION ledger_asset(the_kind text) RETURNS bigint LANGUAGE plpgsql AS $$
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
