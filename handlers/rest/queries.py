"""What routes read of the query string, as shapes: they declare it for the description, and read it by `ask`."""

from typing import Annotated

import msgspec

Limit = Annotated[int, msgspec.Meta(ge=1, le=200, description="How many at most.")]
Entry = Annotated[int, msgspec.Meta(ge=0, description="The entry after which to go on, in the list's own order.")]


class Page(msgspec.Struct):
    """A part of a list. Without them it is shown as its document says. Source: contract, 2, Lists."""

    limit: Limit | None = None
    before: Entry | None = None
    after: Entry | None = None


class Search(Page):
    """A part of what holds a text."""

    q: Annotated[str, msgspec.Meta(description="A part of a name.")] | None = None
