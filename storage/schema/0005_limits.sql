-- What limits decide, in one round trip each and without a gap between counting and noting down.

-- Seconds until one more event of this kind may happen, 0 when it may now.
CREATE FUNCTION attempts_wait(the_kind text, the_key bytea, most integer, window_seconds integer, moment timestamptz)
RETURNS integer LANGUAGE sql STABLE AS $$
    -- The most-th newest event inside the window: when it falls out, there is room again.
    SELECT coalesce((
        SELECT greatest(1, ceil(extract(epoch FROM at - moment) + window_seconds)::integer)
          FROM attempts
         WHERE kind = the_kind AND key = the_key AND at > moment - make_interval(secs => window_seconds)
         ORDER BY at DESC
        OFFSET most - 1 LIMIT 1
    ), 0)
$$;

-- Notes one event down if there is room for it. Answers the seconds to wait, 0 when it was noted.
CREATE FUNCTION attempts_take(the_kind text, the_key bytea, most integer, window_seconds integer, moment timestamptz)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    wait integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(the_kind), hashtext(encode(the_key, 'hex')));
    wait := attempts_wait(the_kind, the_key, most, window_seconds, moment);
    IF wait = 0 THEN
        INSERT INTO attempts (kind, key, at) VALUES (the_kind, the_key, moment);
    END IF;
    RETURN wait;
END
$$;

-- Seconds until somebody at this address may try to sign in to this account, 0 when now.
-- `pair` is account and address together; an account under siege refuses only addresses it was never signed in from.
CREATE FUNCTION sign_in_wait(
    pair bytea, address bytea, account bytea, moment timestamptz,
    pair_max integer, address_max integer, window_seconds integer, account_max integer, account_window_seconds integer
) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT greatest(
        attempts_wait('sign-in pair', pair, pair_max, window_seconds, moment),
        attempts_wait('sign-in address', address, address_max, window_seconds, moment),
        CASE WHEN EXISTS (SELECT 1 FROM known_addresses WHERE key = pair) THEN 0
             ELSE attempts_wait('sign-in account', account, account_max, account_window_seconds, moment)
        END
    )
$$;

-- Counts a failed sign-in, unless others that failed while the password was checked used up the room: then it answers
-- the seconds to wait, and the caller must refuse whatever the check said. Address is locked before account, always.
CREATE FUNCTION sign_in_failed(
    pair bytea, address bytea, account bytea, moment timestamptz,
    pair_max integer, address_max integer, window_seconds integer, account_max integer, account_window_seconds integer
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    wait integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('sign-in address'), hashtext(encode(address, 'hex')));
    PERFORM pg_advisory_xact_lock(hashtext('sign-in account'), hashtext(encode(account, 'hex')));
    wait := sign_in_wait(pair, address, account, moment,
                         pair_max, address_max, window_seconds, account_max, account_window_seconds);
    IF wait = 0 THEN
        INSERT INTO attempts (kind, key, at)
             VALUES ('sign-in pair', pair, moment), ('sign-in address', address, moment),
                    ('sign-in account', account, moment);
    END IF;
    RETURN wait;
END
$$;
