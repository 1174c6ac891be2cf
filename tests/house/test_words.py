"""Every API has words for every refusal, in its own shape."""

import pytest

from handlers.core import refusals
from handlers.rest import surface
from server import app


def leaves(kind: type) -> list[type]:
    below = kind.__subclasses__()
    return [leaf for one in below for leaf in leaves(one)] if below else [kind]


LEAVES = leaves(refusals.Refusal)


@pytest.mark.parametrize("api", app.SURFACES, ids=lambda api: api.name)
def test_an_api_has_words_for_every_refusal_and_for_nothing_else(api: surface.Surface) -> None:
    assert set(api.words.table) == set(LEAVES)
    for word in api.words.table.values():
        assert word.status == 200 or 400 <= word.status < 600


def test_there_are_not_too_many_refusals() -> None:
    assert len(LEAVES) < 40
