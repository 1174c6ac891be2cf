"""Every API has words for every refusal, in its own shape."""

import pytest

from handlers.core import refusals
from handlers.live import words as live_words
from handlers.pages import words as pages_words
from handlers.rest import details, problems, surface
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


@pytest.mark.parametrize("words", [details.WORDS, pages_words.WORDS], ids=["details", "pages"])
def test_so_has_what_is_no_api(words: problems.Words) -> None:
    assert set(words.table) == set(LEAVES)
    for word in words.table.values():
        assert 400 <= word.status < 600


def test_so_has_the_live_connection_and_calls_nothing_else_a_fault() -> None:
    assert set(live_words.TABLE) == set(LEAVES)
    assert set(live_words.TABLE.values()) == set(live_words.CODES)
    assert [leaf for leaf, code in live_words.TABLE.items() if code == "fault"] == [refusals.Fault]


def test_there_are_not_too_many_refusals() -> None:
    assert len(LEAVES) < 45
