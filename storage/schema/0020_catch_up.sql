-- Gives positions to all that is committed by now, waiting for whoever is at it: for those who ask what happened right
-- after they did something themselves. What others commit meanwhile is not waited for.
CREATE FUNCTION log_catch_up() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    newest bigint := (SELECT max(id) FROM events WHERE position IS NULL);
BEGIN
    WHILE EXISTS (SELECT FROM events WHERE position IS NULL AND id <= newest) LOOP
        PERFORM pg_advisory_xact_lock(hashtext('log'), 0);
        PERFORM log_place(0);
    END LOOP;
END
$$;
