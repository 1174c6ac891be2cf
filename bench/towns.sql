-- The towns that are measured, put in as rows.

-- name: communities
INSERT INTO communities (name, created_at) VALUES ('Kaga city', now())

-- name: assets
INSERT INTO assets (kind, community_id, decimals) VALUES ('token', 1, 2)

-- name: accounts
INSERT INTO accounts (username, email, password_hash, first_name, last_name, description, location, community_id,
                      confirmed_at, created_at, updated_at)
     SELECT 'person' || n, 'person' || n || '@hiroba.example', %(password_hash)s, 'John' || n, 'Doe',
            'A man from the moon', 'Kaga', 1, now(), now(), now()
       FROM generate_series(1, %(accounts)s) AS n
      ORDER BY n

-- name: wallets
-- Nobody has been given anything yet.
INSERT INTO wallets (asset_id, kind, account_id)
     SELECT s.id, 'holder', a.id FROM assets s CROSS JOIN accounts a
  UNION ALL
     SELECT s.id, 'issuance', NULL FROM assets s

-- name: sessions
INSERT INTO sessions (token_hash, api, account_id, created_at, last_seen_at, expires_at)
     SELECT sha256(convert_to('bench-token-of-' || id, 'UTF8')), 'community', id, now(), now(),
            now() + interval '30 days'
       FROM accounts

-- name: thread
SELECT begun_id FROM thread_begin('group', 1, %(creator)s, NULL, 'A thread', CAST(%(others)s AS bigint[]), now())

-- name: messages
-- Each message by one of the first two members in turn, and its event, as if they had been posted one after another.
WITH said AS (
    INSERT INTO messages (thread_id, author_id, text, created_at)
         SELECT t.id, t.creator_id + n / 64 %% 2, %(text)s, now()
           FROM generate_series(0, %(count)s - 1) AS n
           JOIN threads t ON t.id = %(first)s + n %% (%(last)s - %(first)s + 1)
          ORDER BY n
      RETURNING id, thread_id, author_id, created_at
)
INSERT INTO events (kind, thread_id, actor_id, message_id, at)
     SELECT 'message', thread_id, author_id, id, created_at FROM said ORDER BY id

-- name: newest
UPDATE threads t
   SET newest_message_id = m.id, newest_author_id = m.author_id, last_message_id = m.id, last_message_at = m.created_at,
       newest_other_message_id = (SELECT max(o.id) FROM messages o
                                   WHERE o.thread_id = t.id AND o.author_id <> m.author_id)
  FROM messages m
 WHERE m.id = (SELECT max(n.id) FROM messages n WHERE n.thread_id = t.id)

-- name: positions
UPDATE events e
   SET position = placed.position
  FROM (SELECT id, row_number() OVER (ORDER BY id) + coalesce((SELECT max(position) FROM events), 0) AS position
          FROM events WHERE position IS NULL) placed
 WHERE e.id = placed.id

-- name: minted
SELECT count(ledger_post(i.id, h.id, 1000000000, 'mint', 'Something to spend', now()))
  FROM wallets i
  JOIN wallets h ON h.asset_id = i.asset_id AND h.kind = 'holder' AND h.account_id <= %(purses)s
 WHERE i.kind = 'issuance'

-- name: paid
-- Payments among them as they are when they are settled, but for the hashes: nobody looks at those here.
WITH purses AS (
    SELECT array_agg(id ORDER BY account_id) AS ids FROM wallets WHERE kind = 'holder' AND account_id <= %(purses)s
),
paid AS (
    INSERT INTO postings (asset_id, kind, description, created_at, debit_wallet_id, credit_wallet_id, units, state,
                          settled_at)
         SELECT 1, 'payment', 'Lunch', now(), ids[1 + n %% %(purses)s],
                ids[1 + (n + 1 + n / %(purses)s %% (%(purses)s - 1)) %% %(purses)s], 1, 'posted', now()
           FROM purses, generate_series(0, %(count)s - 1) AS n
      RETURNING id, debit_wallet_id, credit_wallet_id
),
moved AS (
    SELECT id, debit_wallet_id AS wallet_id, -1 AS amount FROM paid
     UNION ALL
    SELECT id, credit_wallet_id, 1 FROM paid
),
written AS (
    INSERT INTO entries (posting_id, wallet_id, amount, place, balance, hash)
         SELECT m.id, m.wallet_id, m.amount, w.entries + row_number() OVER of_wallet,
                w.settled + sum(m.amount) OVER of_wallet, sha256(convert_to(CAST(m.id AS text), 'UTF8'))
           FROM moved m
           JOIN wallets w ON w.id = m.wallet_id
         WINDOW of_wallet AS (PARTITION BY m.wallet_id ORDER BY m.id)
)
UPDATE wallets w
   SET settled = w.settled + n.amount, entries = w.entries + n.entries, head = sha256('\x')
  FROM (SELECT wallet_id, sum(amount) AS amount, count(*) AS entries FROM moved GROUP BY wallet_id) n
 WHERE w.id = n.wallet_id

-- name: say
SELECT count(said.outcome)
  FROM generate_series(1, %(count)s) AS n,
       LATERAL message_post(%(thread)s, %(author)s, %(text)s || n, NULL, now()) AS said
