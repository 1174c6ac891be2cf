-- name: take
SELECT attempts_take(:kind, :key, :most, :window_seconds, :now)

-- name: find_wait
SELECT attempts_wait(:kind, :key, :most, :window_seconds, :now)

-- name: find_sign_in_wait
SELECT sign_in_wait(:pair, :address, :account, :now,
                    :pair_max, :address_max, :window_seconds, :account_max, :account_window_seconds)

-- name: insert_failed_sign_in
SELECT sign_in_failed(:pair, :address, :account, :now,
                      :pair_max, :address_max, :window_seconds, :account_max, :account_window_seconds)

-- name: upsert_known_address
-- Of an account that there still is: whoever deletes it comes before, or forgets this too.
WITH present AS (
    SELECT id
      FROM accounts
     WHERE id = :account_id AND deleted_at IS NULL
       FOR SHARE
)
INSERT INTO known_addresses (key, account_id, at)
     SELECT :key, id, :now
       FROM present
ON CONFLICT (key) DO UPDATE SET at = excluded.at

-- name: delete_known_addresses
DELETE FROM known_addresses
 WHERE account_id = :account_id
