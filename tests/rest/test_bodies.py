"""Bodies that come packed, as whole as they were and never larger than they may be."""

import gzip
import tracemalloc
import zlib

import pytest

from handlers.core import refusals
from handlers.rest import bodies

PLAIN = b'{"username": "somebody"}'
BARE = zlib.compress(PLAIN, wbits=-zlib.MAX_WBITS)
MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("", PLAIN),
        ("identity", PLAIN),
        ("gzip", gzip.compress(PLAIN, mtime=0)),
        ("x-gzip", gzip.compress(PLAIN, mtime=0)),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", BARE),
    ],
)
def test_it_is_unpacked(encoding: str, raw: bytes) -> None:
    assert bodies.unpacked(raw, encoding, bytes_max=len(PLAIN)) == PLAIN


@pytest.mark.parametrize("end", range(1, len(gzip.compress(PLAIN, mtime=0))))
def test_a_part_of_it_is_none(end: int) -> None:
    with pytest.raises(refusals.Malformed):
        bodies.unpacked(gzip.compress(PLAIN, mtime=0)[:end], "gzip", bytes_max=MIB)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_takes_no_more_room_than_any_body(encoding: str) -> None:
    bomb = (gzip.compress if encoding == "gzip" else zlib.compress)(bytes(100 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(refusals.TooLarge):
            bodies.unpacked(bomb, encoding, bytes_max=MIB)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()
