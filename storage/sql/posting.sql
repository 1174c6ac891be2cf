-- name: write
SELECT of_thread_id AS thread_id, outcome, posted_id AS id
  FROM messages_post(CAST(:thread_ids AS bigint[]), CAST(:author_ids AS bigint[]), CAST(:texts AS text[]),
                     CAST(:moments AS timestamptz[]))
