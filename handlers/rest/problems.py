"""How a refusal becomes an answer. The table of each API's `words.py` says which; this says how."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from handlers.core import refusals
from handlers.rest import writing

Sentence = str | Callable[[Any], str]


class Word(NamedTuple):
    """What an API says to one kind of refusal; a sentence may be made from its data, `key` is the API's own."""

    status: int
    sentence: Sentence
    key: str = ""


class Said(NamedTuple):
    """A word with its sentence made: what an API's error body is built from."""

    status: int
    sentence: str
    key: str


Table = Mapping[type[refusals.Refusal], Word]


class Words(NamedTuple):
    """Everything an API says when it says no: the table, and the shape of the body."""

    table: Table
    body: Callable[[Said, refusals.Refusal], msgspec.Struct]
    content_type: str = writing.JSON_TYPE

    def said(self, refusal: refusals.Refusal) -> Said:
        """The word for a refusal, its sentence made."""
        word = self.table[type(refusal)]
        sentence = word.sentence if isinstance(word.sentence, str) else word.sentence(refusal)
        return Said(word.status, sentence, word.key)

    def answer(self, refusal: refusals.Refusal) -> web.Response:
        """The refusal in the API's own form."""
        said = self.said(refusal)
        response = writing.json(self.body(said, refusal), status=said.status)
        response.headers["Content-Type"] = self.content_type
        response.headers.update(headers(refusal))
        return response


def headers(refusal: refusals.Refusal) -> dict[str, str]:
    """What the answer's headers tell: when it is worth trying again, which methods there are."""
    told: dict[str, str] = {}
    wait = getattr(refusal, "retry_after_seconds", None)
    if wait is not None:
        told["Retry-After"] = str(wait)
    if isinstance(refusal, refusals.WrongMethod) and refusal.allowed:
        told["Allow"] = ", ".join(sorted(refusal.allowed))
    return told
