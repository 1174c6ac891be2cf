"""What is derived from the server's one secret: a signing key and a sealing key for each purpose.

A purpose is a short English phrase ("confirmation link", "outbox"). What is made for one purpose proves nothing and
opens nothing for another, so a confirmation link can never pass for a reset link. The secret itself is not kept.
"""

import hmac
import os

from cryptography import exceptions
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import aead
from cryptography.hazmat.primitives.kdf import hkdf

# First byte of everything sealed: the day the cipher changes, old letters still tell how to be opened.
VERSION = b"\x01"
KEY_BYTES = 32
NONCE_BYTES = 12
SECRET_CHARACTERS_MIN = 16


class Unreadable(Exception):
    """Not sealed by this server for this purpose, or changed since."""


class Keys:
    """Signs and seals. Deterministic: the same secret makes the same keys in every process and after every restart."""

    def __init__(self, secret: str) -> None:
        """*Refuses*: ValueError for a secret that is too short to be one."""
        if len(secret) < SECRET_CHARACTERS_MIN:
            raise ValueError(f"a secret has at least {SECRET_CHARACTERS_MIN} characters")
        # Extraction is done once, so that a new purpose costs one HMAC.
        self._root = hmac.digest(b"hiroba", secret.encode(), "sha256")
        self._signing: dict[str, bytes] = {}
        self._sealing: dict[str, aead.AESGCM] = {}

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for a library that wants one (JWT). Never the key that `sign` or `seal` use."""
        return self._expand("derive", purpose)

    def sign(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SHA256 of the data, 32 bytes. Serves as keyed hash too: without the secret nobody can try values."""
        key = self._signing.get(purpose)
        if key is None:
            key = self._signing[purpose] = self._expand("sign", purpose)
        return hmac.digest(key, data, "sha256")

    def verify(self, purpose: str, data: bytes, signature: bytes) -> bool:
        """Whether `sign` made this signature of this data. Takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(self.sign(purpose, data), signature)

    def seal(self, purpose: str, data: bytes) -> bytes:
        """Encrypts, so that only `open` with the same purpose reads it (AES-256-GCM). Never twice the same bytes."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher(purpose).encrypt(nonce, data, VERSION)

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """What was sealed. *Refuses*: Unreadable."""
        version, nonce, text = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if version != VERSION or len(nonce) != NONCE_BYTES:
            raise Unreadable(purpose)
        try:
            return self._cipher(purpose).decrypt(nonce, text, VERSION)
        except exceptions.InvalidTag:
            raise Unreadable(purpose) from None

    def _cipher(self, purpose: str) -> aead.AESGCM:
        cipher = self._sealing.get(purpose)
        if cipher is None:
            cipher = self._sealing[purpose] = aead.AESGCM(self._expand("seal", purpose))
        return cipher

    def _expand(self, use: str, purpose: str) -> bytes:
        # HKDF-Expand (RFC 5869). Uses hold no colon, so no purpose of one use spells a purpose of another.
        info = f"{use}:{purpose}".encode()
        return hkdf.HKDFExpand(hashes.SHA256(), length=KEY_BYTES, info=info).derive(self._root)
