"""What a document promises, as a table: each API's is in its folder's `contract.py`."""

import re
from typing import NamedTuple


class Promise(NamedTuple):
    """One endpoint. `path` as it is routed; `heading` as the document has it.

    `sentences` are what the document quotes of its answers, to the letter. An endpoint of no document has a `reason`.
    """

    method: str
    path: str
    heading: str
    sentences: tuple[str, ...] = ()
    reason: str = ""

    @property
    def test_name(self) -> str:
        """What the test of the document's example is called, or begins with."""
        words = re.sub(r"[^a-z0-9]+", "_", self.heading.lower().replace("'", "")).strip("_")
        return f"test_{words}"
