-- name: lock
-- Held until the connection ends. Of several starters one migrates, the others wait and find nothing left to do.
SELECT pg_advisory_lock(7236102945)

-- name: surroundings
SELECT current_setting('server_version') AS version,
       current_setting('server_version_num')::integer AS version_number,
       current_setting('server_encoding') AS encoding,
       to_regclass('migrations') IS NOT NULL AS is_begun

-- name: list
SELECT number, name, checksum
  FROM migrations
 ORDER BY number

-- name: limit_waiting
-- A change of a table waits for those who use it, and all who come later wait behind it: rather not at all.
SELECT set_config('lock_timeout', :milliseconds, true)

-- name: insert
INSERT INTO migrations (number, name, checksum)
VALUES (:number, :name, :checksum)
