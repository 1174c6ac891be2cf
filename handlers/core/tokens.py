"""Tokens: what is handed out once and proves something when it comes back. Only their hash is ever kept."""

import hashlib
import secrets

TOKEN_BYTES = 32


def make() -> str:
    """A new one that nobody can guess, fit for a URL."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> bytes:
    """What is kept of it, 32 bytes. Whatever text comes: who makes one up is told that it is unknown."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
