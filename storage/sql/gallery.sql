-- Pictures linked from Instagram.

-- name: insert
INSERT INTO galleries (account_id, authorized_at)
     VALUES (:account_id, :now)
ON CONFLICT (account_id) DO NOTHING

-- name: insert_images
-- The lists are columns of one table; a second row of the same id meets the first and is left out.
INSERT INTO gallery_images (account_id, image_id, instagram_url, raw_image_url, width_pixels, height_pixels, added_at)
     SELECT CAST(:account_id AS bigint), given.*, CAST(:now AS timestamptz)
       FROM unnest(CAST(:image_ids AS text[]), CAST(:instagram_urls AS text[]), CAST(:raw_image_urls AS text[]),
                   CAST(:widths_pixels AS integer[]), CAST(:heights_pixels AS integer[])) AS given
ON CONFLICT (account_id, image_id) DO NOTHING
  RETURNING image_id

-- name: list_images
SELECT image_id, instagram_url, raw_image_url, width_pixels, height_pixels
  FROM gallery_images
 WHERE account_id = :account_id
 ORDER BY image_id

-- name: delete_images
DELETE FROM gallery_images
 WHERE account_id = :account_id AND image_id = ANY(CAST(:image_ids AS text[]))
RETURNING image_id, raw_image_url

-- name: delete_all_images
DELETE FROM gallery_images
 WHERE account_id = :account_id

-- name: delete
DELETE FROM galleries
 WHERE account_id = :account_id
