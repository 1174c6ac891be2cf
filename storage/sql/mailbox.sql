-- name: insert
-- Message and files together: the sink answers 250 to the whole or to nothing. Who had it already gets nothing twice.
WITH arrived AS (
    INSERT INTO mailbox (message_id, sender, recipient, subject, text, html, received_at)
         SELECT :message_id, :sender, recipient, :subject, :text, :html, :now
           FROM unnest(CAST(:recipients AS text[])) AS recipient
    ON CONFLICT (message_id, lower(recipient)) DO NOTHING
      RETURNING id
), files AS (
    INSERT INTO mailbox_attachments (mail_id, position, filename, content_type, content)
         SELECT arrived.id, file.position, file.filename, file.content_type, file.content
           FROM arrived
          CROSS JOIN unnest(CAST(:filenames AS text[]), CAST(:content_types AS text[]), CAST(:contents AS bytea[]))
                WITH ORDINALITY AS file (filename, content_type, content, position)
)
SELECT count(*)
  FROM arrived

-- name: find
SELECT m.id, m.message_id, m.sender, m.recipient, m.subject, m.text, m.html, m.received_at,
       (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', f.id, 'filename', f.filename,
                                                     'content_type', f.content_type, 'size_bytes', length(f.content))
                                  ORDER BY f.position), '[]')
          FROM mailbox_attachments f
         WHERE f.mail_id = m.id) AS attachments
  FROM mailbox m
 WHERE m.id = :mail_id

-- name: list
SELECT m.id, m.message_id, m.sender, m.recipient, m.subject, m.text, m.html, m.received_at,
       (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', f.id, 'filename', f.filename,
                                                     'content_type', f.content_type, 'size_bytes', length(f.content))
                                  ORDER BY f.position), '[]')
          FROM mailbox_attachments f
         WHERE f.mail_id = m.id) AS attachments
  FROM mailbox m
 WHERE (CAST(:to AS text) IS NULL OR lower(m.recipient) = lower(:to))
   AND (CAST(:before AS bigint) IS NULL OR m.id < :before)
 ORDER BY m.id DESC
 LIMIT :limit

-- name: find_attachment
SELECT filename, content_type, content
  FROM mailbox_attachments
 WHERE id = :attachment_id
