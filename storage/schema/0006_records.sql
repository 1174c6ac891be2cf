-- What many queries show of a row and what stands beside it, said once.

-- An account as every API sees it: with what it has available of its community's token, in minor units.
CREATE VIEW account_records AS
SELECT a.id, a.username, a.email, a.first_name, a.last_name, a.description, a.location, a.avatar,
       a.community_id, a.is_coordinator, a.is_operator, a.confirmed_at, a.created_at, a.updated_at,
       a.disabled_at, a.deleted_at, coalesce(w.settled - w.pending_debits, 0) AS balance
  FROM accounts a
  LEFT JOIN assets s ON s.kind = 'token' AND s.community_id = a.community_id
  LEFT JOIN wallets w ON w.kind = 'holder' AND w.asset_id = s.id AND w.account_id = a.id;
GRANT SELECT ON account_records TO hiroba_server;

-- An ad with its author.
CREATE VIEW ad_records AS
SELECT d.id, d.community_id, d.type, d.title, d.description, d.points, d.location, d.photo, d.created_at,
       a.id AS author_id, a.username AS author_username, a.email AS author_email,
       a.first_name AS author_first_name, a.last_name AS author_last_name,
       a.description AS author_description, a.location AS author_location, a.avatar AS author_avatar,
       a.deleted_at AS author_deleted_at
  FROM ads d
  JOIN accounts a ON a.id = d.author_id;
GRANT SELECT ON ad_records TO hiroba_server;
