-- Gives positions to all that is committed by now, waiting for whoever is at it: for those who ask what happened right
-- after they did something themselves.
CREATE FUNCTION log_catch_up() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WHILE EXISTS (SELECT FROM events WHERE position IS NULL) LOOP
        PERFORM pg_advisory_xact_lock(hashtext('log'), 0);
        PERFORM log_place(0);
    END LOOP;
END
$$;
