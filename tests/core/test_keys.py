"""What is made for one purpose is worth nothing for another."""

import pytest

from handlers.core import keys

SECRET = "correct horse battery staple"


def test_the_same_secret_makes_the_same_keys_everywhere() -> None:
    one, other = keys.Keys(SECRET), keys.Keys(SECRET)
    assert one.sign("link", b"7") == other.sign("link", b"7")
    assert other.open("outbox", one.seal("outbox", b"text")) == b"text"
    assert one.derive("jwt") == other.derive("jwt")


def test_another_secret_makes_other_keys() -> None:
    one, other = keys.Keys(SECRET), keys.Keys(SECRET + "!")
    assert one.sign("link", b"7") != other.sign("link", b"7")
    with pytest.raises(keys.Unreadable):
        other.open("outbox", one.seal("outbox", b"text"))


def test_a_signature_is_bound_to_its_purpose_and_its_data() -> None:
    ours = keys.Keys(SECRET)
    signature = ours.sign("confirmation link", b"7")
    assert len(signature) == 32
    assert ours.verify("confirmation link", b"7", signature)
    assert not ours.verify("reset link", b"7", signature)
    assert not ours.verify("confirmation link", b"8", signature)
    assert not ours.verify("confirmation link", b"7", signature[:-1])


def test_a_sealed_text_is_bound_to_its_purpose() -> None:
    ours = keys.Keys(SECRET)
    sealed = ours.seal("outbox", b"text")
    with pytest.raises(keys.Unreadable):
        ours.open("photo", sealed)


def test_sealing_never_makes_the_same_bytes_twice() -> None:
    ours = keys.Keys(SECRET)
    assert len({ours.seal("outbox", b"text") for _ in range(100)}) == 100


def test_sealing_shows_nothing_of_the_text() -> None:
    assert b"needle" not in keys.Keys(SECRET).seal("outbox", b"a needle in the hay")


def test_any_changed_byte_is_noticed() -> None:
    ours = keys.Keys(SECRET)
    sealed = ours.seal("outbox", b"text")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(keys.Unreadable):
            ours.open("outbox", bytes(changed))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + b"\0" * 12, b"\x01" + b"\0" * 27, b"\x02" + b"\0" * 40])
def test_what_is_too_short_or_of_another_version_is_unreadable(sealed: bytes) -> None:
    with pytest.raises(keys.Unreadable):
        keys.Keys(SECRET).open("outbox", sealed)


def test_empty_text_can_be_sealed() -> None:
    ours = keys.Keys(SECRET)
    assert ours.open("outbox", ours.seal("outbox", b"")) == b""


def test_no_two_uses_share_a_key() -> None:
    ours = keys.Keys(SECRET)
    made = {ours.derive("x"), ours.derive("sign:x"), ours._expand("sign", "x"), ours._expand("seal", "x")}
    assert len(made) == 4


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16"):
        keys.Keys("too short")
