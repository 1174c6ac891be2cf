-- Orders of allowances, the invoices for them, and who waits to be let in.

-- Whether a session ends when it is not used for long. Not where tokens say until when they work: those that outlive
-- idleness would be cut off by it.
ALTER TABLE sessions ADD COLUMN idles boolean NOT NULL DEFAULT true;

-- Who asked to be let in. Both the link that was mailed and an operator must say yes, in whatever order.
CREATE TABLE waitlist (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254 AND strpos(email, '@') > 1),
    -- NULL: an operator let the address in before it asked.
    asked_at timestamptz,
    confirmed_at timestamptz,
    approved_at timestamptz,
    CONSTRAINT waitlist_has_a_reason CHECK (num_nonnulls(asked_at, approved_at) > 0),
    CONSTRAINT waitlist_confirmed_what_was_asked CHECK (confirmed_at IS NULL OR asked_at IS NOT NULL)
);
CREATE UNIQUE INDEX waitlist_email_key ON waitlist (lower(email));
CREATE INDEX waitlist_asked_at ON waitlist (asked_at) WHERE confirmed_at IS NULL AND approved_at IS NULL;

CREATE TABLE waitlist_links (
    secret_hash bytea PRIMARY KEY,
    waitlist_id bigint NOT NULL REFERENCES waitlist ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
CREATE INDEX waitlist_links_waitlist ON waitlist_links (waitlist_id);
CREATE INDEX waitlist_links_expires_at ON waitlist_links (expires_at);

-- What was asked for by an order that was placed. Nothing of whom it was sent to: that is the account's.
CREATE TABLE invoices (
    number bigint PRIMARY KEY CHECK (number > 0),
    order_id bigint NOT NULL,
    -- Millionths of an allowance.
    units bigint NOT NULL CHECK (units > 0),
    unit_price_cents bigint NOT NULL CHECK (unit_price_cents > 0),
    amount_cents bigint NOT NULL CHECK (amount_cents > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    language text NOT NULL CHECK (language ~ '^[a-z]{2}$'),
    issued_at timestamptz NOT NULL,
    CONSTRAINT invoices_order_key UNIQUE (order_id),
    CONSTRAINT invoices_number_and_order_key UNIQUE (number, order_id)
);

-- One row: the newest number. A sequence would lose those of transactions that did not commit.
CREATE TABLE invoice_numbers (
    sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
    newest bigint NOT NULL DEFAULT 0 CHECK (newest >= 0)
);
INSERT INTO invoice_numbers DEFAULT VALUES;

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts,
    -- Millionths of an allowance.
    units bigint NOT NULL CHECK (units > 0),
    state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'PROCESSING', 'COMPLETED', 'CANCELLED')),
    invoice_number bigint,
    posting_id bigint REFERENCES postings,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    -- Its own invoice, and one exactly when it is placed; one credit exactly when it is completed.
    CONSTRAINT orders_invoice_fkey FOREIGN KEY (invoice_number, id) REFERENCES invoices (number, order_id),
    CONSTRAINT orders_placed_has_invoice CHECK ((state IN ('PROCESSING', 'COMPLETED')) = (invoice_number IS NOT NULL)),
    CONSTRAINT orders_completed_has_posting CHECK ((state = 'COMPLETED') = (posting_id IS NOT NULL)),
    CONSTRAINT orders_posting_key UNIQUE (posting_id)
);
CREATE INDEX orders_account ON orders (account_id, id);
ALTER TABLE invoices ADD CONSTRAINT invoices_order_fkey FOREIGN KEY (order_id) REFERENCES orders;

-- The moves that there are, whoever makes them: the same as in the core's table.
CREATE FUNCTION orders_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state <> 'DRAFT'
       OR TG_OP = 'DELETE' AND OLD.state <> 'CANCELLED'
       OR TG_OP = 'UPDATE' AND (
              (OLD.state, NEW.state) NOT IN (('DRAFT', 'DRAFT'), ('DRAFT', 'PROCESSING'), ('DRAFT', 'CANCELLED'),
                                             ('PROCESSING', 'COMPLETED'))
              OR NEW.state <> 'DRAFT' AND NEW.units <> OLD.units
              OR (NEW.id, NEW.account_id, NEW.created_at) <> (OLD.id, OLD.account_id, OLD.created_at)
              OR OLD.invoice_number <> NEW.invoice_number)
    THEN
        RAISE EXCEPTION 'an order does not move so' USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_moves';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER orders_move BEFORE INSERT OR UPDATE OR DELETE ON orders
    FOR EACH ROW EXECUTE FUNCTION orders_move();

-- The next invoice, of an order that the caller holds: its number. Numbers have no gaps: whoever takes one holds the
-- row of the newest until the commit, and gives the number back by not committing.
-- The allowances' wallet is made here: it must be there when the order is paid, though the account may be gone by then.
CREATE FUNCTION invoice_issue(
    the_order bigint, price_cents bigint, due_cents bigint, the_currency text, the_language text, moment timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    the_number bigint;
BEGIN
    PERFORM ledger_holder_wallet(ledger_asset('allowance'), account_id) FROM orders WHERE id = the_order;
    UPDATE invoice_numbers SET newest = newest + 1 RETURNING newest INTO the_number;
    INSERT INTO invoices (number, order_id, units, unit_price_cents, amount_cents, currency, language, issued_at)
         SELECT the_number, id, units, price_cents, due_cents, the_currency, the_language, moment
           FROM orders
          WHERE id = the_order;
    RETURN the_number;
END
$$;

-- Whoever else has a role in the cluster could take numbers of invoices.
REVOKE EXECUTE ON FUNCTION invoice_issue FROM public;
GRANT EXECUTE ON FUNCTION invoice_issue TO hiroba_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON waitlist, waitlist_links TO hiroba_server;
GRANT SELECT ON invoices, invoice_numbers TO hiroba_server;
GRANT SELECT, INSERT (account_id, units, created_at, changed_at), DELETE,
      UPDATE (units, state, invoice_number, posting_id, changed_at) ON orders TO hiroba_server;
