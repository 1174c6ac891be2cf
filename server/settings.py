"""What can be set about the process itself: where it listens, its secret, its logs, its demo data."""

import ipaddress
import re
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

import msgspec

from handlers.core import keys

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST_NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*(?::[0-9]{{1,5}})?")


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `server` of the configuration."""

    host: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("127.0.0.1", "::1")
    """Addresses to listen on."""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8080
    """The one port of everything that is served over HTTP."""
    public_url: str = ""
    """How the server is reached from outside; links in answers and mails begin so. Empty: http://localhost:<port>."""
    origins: tuple[str, ...] = ("http://localhost:3000",)
    """Web origins whose scripts may use the APIs with cookies."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose forwarding headers are believed."""
    shutdown_seconds: Annotated[float, msgspec.Meta(ge=1, le=600)] = 10
    """How long a graceful stop may take altogether."""

    def __post_init__(self) -> None:
        if self.public_url:
            url(self.public_url, "public_url")
        for origin in self.origins:
            parts = url(origin, "origins")
            if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
                raise ValueError(f"origins: {origin!r} is no origin, it ends after its host or port")
        for network in self.trusted_proxies:
            try:
                ipaddress.ip_network(network)
            except ValueError as fault:
                raise ValueError(f"trusted_proxies: {fault}") from None
        for host in self.host:
            if not is_address(host) and not HOST_NAME.fullmatch(host.lower()):
                raise ValueError(f"host: {host!r} is no address to listen on")


class Demo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `demo` of the configuration."""

    enabled: bool = False
    """Whether demo data is put in at start. Its accounts have a password that everybody knows."""
    public: bool = False
    """Whether a server with demo data may listen beyond loopback."""


class Secrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `secrets` of the configuration."""

    key: str = ""
    """What all signing and encryption keys are derived from. From the environment only. Empty: what the file holds."""
    file: str = "var/server.key"
    """Where the key is kept that is made at the first start. Readable by its owner only."""

    def __post_init__(self) -> None:
        if self.key and len(self.key) < keys.SECRET_CHARACTERS_MIN:
            raise ValueError(f"key: must have at least {keys.SECRET_CHARACTERS_MIN} characters")
        if not self.file:
            raise ValueError("file: must not be empty")


class Logs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The section `logs` of the configuration."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """What is worth a line."""
    format: Literal["auto", "console", "json"] = "auto"
    """`console` to be read by people, `json` by machines. `auto`: by people when stderr is a terminal."""
    requests: bool = True
    """Whether each request gets a line."""


def url(text: str, name: str) -> SplitResult:
    """The parts of an http address. *Refuses*: ValueError that names the field."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f]", text):
        raise ValueError(f"{name}: {text!r} is no http:// or https:// address")
    return parts


def is_address(host: str) -> bool:
    """Whether it is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether listening there is heard by this machine only."""
    return host.lower() == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)
