-- What an account has beside it: the phone that it is pushed to, and the pictures that it linked from Instagram.

-- One phone an account; one phone may be several accounts'.
CREATE TABLE devices (
    account_id bigint PRIMARY KEY REFERENCES accounts,
    token text NOT NULL CHECK (length(token) BETWEEN 1 AND 4096),
    -- The session that registered it: its sign-out unbinds the phone. It may end in other ways, and the phone stays.
    session_id bigint NOT NULL,
    bound_at timestamptz NOT NULL
);

-- Who let their Instagram account be linked, and since when.
CREATE TABLE galleries (
    account_id bigint PRIMARY KEY REFERENCES accounts,
    authorized_at timestamptz NOT NULL
);

CREATE TABLE gallery_images (
    account_id bigint NOT NULL REFERENCES accounts,
    -- Instagram's.
    image_id text NOT NULL CHECK (length(image_id) BETWEEN 1 AND 255),
    instagram_url text NOT NULL CHECK (length(instagram_url) <= 4096),
    raw_image_url text NOT NULL CHECK (length(raw_image_url) <= 4096),
    width_pixels integer NOT NULL CHECK (width_pixels >= 0),
    height_pixels integer NOT NULL CHECK (height_pixels >= 0),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, image_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON devices TO hiroba_server;
GRANT SELECT, INSERT, DELETE ON galleries, gallery_images TO hiroba_server;
