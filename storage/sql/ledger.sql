-- name: insert_token
-- A community's token and the wallet it is issued from.
WITH token AS (
    INSERT INTO assets (kind, community_id, decimals)
         VALUES ('token', :community_id, 2)
      RETURNING id
)
INSERT INTO wallets (asset_id, kind)
     SELECT id, 'issuance' FROM token

-- name: insert_holder_of_token
INSERT INTO wallets (asset_id, kind, account_id)
     SELECT id, 'holder', :account_id
       FROM assets
      WHERE kind = 'token' AND community_id = :community_id
ON CONFLICT DO NOTHING

-- name: mint_token
SELECT ledger_mint(id, :account_id, :units, :description, :now)
  FROM assets
 WHERE kind = 'token' AND community_id = :community_id
