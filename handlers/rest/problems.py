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

    def answer(self, refusal: refusals.Refusal) -> web.Response:
        """The refusal in the API's own form."""
        word = self.table[type(refusal)]
        sentence = word.sentence if isinstance(word.sentence, str) else word.sentence(refusal)
        response = writing.json(self.body(Said(word.status, sentence, word.key), refusal), status=word.status)
        response.headers["Content-Type"] = self.content_type
        wait = getattr(refusal, "retry_after_seconds", None)
        if wait is not None:
            response.headers["Retry-After"] = str(wait)
        if isinstance(refusal, refusals.WrongMethod) and refusal.allowed:
            response.headers["Allow"] = ", ".join(sorted(refusal.allowed))
        return response
