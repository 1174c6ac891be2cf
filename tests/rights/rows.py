"""What a row of the tables says: who is let in to a route, what they send, and how the others are told no."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests import serving
from tests.rights.cast import Cast, Who

Body = Callable[[Cast, Who], Any]


class Row(NamedTuple):
    """One route. `may`: who gets what it gives, and nobody else does.

    `refused`: the statuses with which those are refused who are somebody. Who is nobody is refused with 401 alone.
    """

    may: frozenset[Who]
    body: Any = None
    refused: frozenset[int] = frozenset({403})
    query: str = ""
    nobody: frozenset[int] = frozenset({401})

    def sent(self, cast: Cast, who: Who) -> Any:
        """The body, if it has one."""
        return self.body(cast, who) if callable(self.body) else self.body


Table = dict[str, Row]


def is_done(answer: serving.Answer) -> bool:
    """Whether it was, in the words of most APIs."""
    return answer.status < 400


def is_true(answer: serving.Answer) -> bool:
    """Whether it was, where "no" is 200 as well: whoami's way. A page that is led to is a yes; so are verdicts."""
    return answer.status == 302 or (answer.status < 400 and answer.body.get("status", True) is True)
