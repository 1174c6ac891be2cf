"""What auth-service reads of the query string."""

from typing import Annotated, Literal

import msgspec

from handlers.rest import queries


class Wanted(msgspec.Struct, rename="camel", kw_only=True):
    """Source: Get Users. Filters are exact, in any case; what is empty is not asked for."""

    page: Annotated[int, msgspec.Meta(ge=1)]
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)]
    email: str | None = None
    full_name: str | None = None
    gender: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None
    is_admin: str | None = None
    user_id: str | None = None
    sort: Annotated[str, msgspec.Meta(description='A field of the answer, perhaps with "-" before it.')] | None = None
    before: queries.Entry | None = None
    after: queries.Entry | None = None


class Offer(msgspec.Struct):
    """Source: Get Subscription Products. Of any other platform there are none."""

    platform: Literal["ios", "android"] | None = None
    limit: queries.Limit | None = None
    before: str | None = None
    after: str | None = None
