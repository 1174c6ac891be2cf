"""The configuration: one file and the environment, checked once and frozen. Nobody else reads either.

`config.yaml` beside the rooms holds every key with its unit and default. `HIROBA_<SECTION>_<KEY>` overrides one, lists
with commas. Relative paths mean from the folder of the file, wherever the process was started, so that one file is one
server. Whatever is not understood refuses to start and is named; a wrong value is never repeated, it may be a secret.
"""

import difflib
import math
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import yaml

from handlers.allowances import settings as allowances_settings
from handlers.auth_service import settings as auth_service_settings
from handlers.community import settings as community_settings
from handlers.core import settings as core_settings
from handlers.live import settings as live_settings
from handlers.shop import settings as shop_settings
from handlers.whoami import settings as whoami_settings
from mail import settings as mail_settings
from mail import transports
from server import settings
from storage import settings as storage_settings

DEFAULT_FILE = Path(__file__).resolve().parent.parent / "config.yaml"
PREFIX = "HIROBA_"
# Never in a file: files are copied, shown and committed.
ENVIRONMENT_ONLY = {("secrets", "key")}


class Unacceptable(Exception):
    """The configuration cannot be used. The text names the key, and where it came from."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set. Each section is declared by the room that it is about."""

    server: settings.Server = msgspec.field(default_factory=settings.Server)
    database: storage_settings.Database = msgspec.field(default_factory=storage_settings.Database)
    mail: mail_settings.Mail = msgspec.field(default_factory=mail_settings.Mail)
    demo: settings.Demo = msgspec.field(default_factory=settings.Demo)
    secrets: settings.Secrets = msgspec.field(default_factory=settings.Secrets)
    logs: settings.Logs = msgspec.field(default_factory=settings.Logs)
    passwords: core_settings.Passwords = msgspec.field(default_factory=core_settings.Passwords)
    sessions: core_settings.Sessions = msgspec.field(default_factory=core_settings.Sessions)
    limits: core_settings.Limits = msgspec.field(default_factory=core_settings.Limits)
    media: core_settings.Media = msgspec.field(default_factory=core_settings.Media)
    community: community_settings.Community = msgspec.field(default_factory=community_settings.Community)
    whoami: whoami_settings.Whoami = msgspec.field(default_factory=whoami_settings.Whoami)
    auth_service: auth_service_settings.AuthService = msgspec.field(default_factory=auth_service_settings.AuthService)
    shop: shop_settings.Shop = msgspec.field(default_factory=shop_settings.Shop)
    allowances: allowances_settings.Allowances = msgspec.field(default_factory=allowances_settings.Allowances)
    live: live_settings.Live = msgspec.field(default_factory=live_settings.Live)

    @property
    def core(self) -> core_settings.Settings:
        """What the core is told of it."""
        api = f"{self.server.public_url}/whoami"
        return core_settings.Settings(
            public_url=self.server.public_url,
            passwords=self.passwords,
            sessions=self.sessions,
            limits=self.limits,
            media=self.media,
            links=core_settings.Links(
                confirmation_url=f"{api}/confirm/",
                reset_url=f"{api}/password_reset_confirm/",
                ttl_seconds=self.whoami.link_ttl_seconds,
                reset_grant_ttl_seconds=self.whoami.reset_grant_ttl_seconds,
                waitlist_url=f"{self.server.public_url}/allowances/waitlist/confirm/",
                waitlist_ttl_seconds=self.allowances.waitlist_link_ttl_seconds,
            ),
            tokens=core_settings.Tokens(
                algorithm=self.allowances.token_algorithm,
                ttl_seconds=self.allowances.token_ttl_seconds,
                refresh_ttl_seconds=self.allowances.refresh_ttl_seconds,
            ),
            invoices=core_settings.Invoices(
                unit_price_cents=self.allowances.unit_price_cents, currency=self.allowances.currency
            ),
        )


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML without its silence about a key that is written twice, where the last would win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping. *Refuses*: MarkedYAMLError."""
        names = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if names.count(key.value) > 1:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is there twice", problem_mark=key.start_mark)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


class Given(typing.NamedTuple):
    """One key's value as somebody wrote it, and how that place is called."""

    value: Any
    origin: str
    lenient: bool


SECTIONS: dict[str, type[msgspec.Struct]] = {
    section.name: section.default_factory for section in msgspec.structs.fields(Config)
}
# What can be served at the root of a host is an API.
APIS = tuple(section for section, shape in SECTIONS.items() if "hosts" in shape.__struct_fields__)
KEYS: dict[tuple[str, str], Any] = {
    (section, key.name): key.type for section, shape in SECTIONS.items() for key in msgspec.structs.fields(shape)
}
VARIABLES = {f"{PREFIX}{section}_{key}".upper(): (section, key) for section, key in KEYS}


def load(path: Path | None, environment: Mapping[str, str]) -> Config:
    """Reads the file (None: `config.yaml`, or nothing where there is none) and what overrides it.

    What comes back has `server.public_url` and `whoami.frontend_url` filled in, and absolute paths.
    *Refuses*: Unacceptable.
    """
    given = {**_from_file(path), **_from_environment(environment)}
    sections: dict[str, Any] = {}
    for section, shape in SECTIONS.items():
        values = {key: _value(given[section, key], KEYS[section, key]) for at, key in given if at == section}
        try:
            sections[section] = shape(**values)
        except ValueError as fault:
            raise Unacceptable(_blame(section, str(fault), given)) from None
    config = _complete(Config(**sections), (path or DEFAULT_FILE).resolve().parent)
    _check(config)
    return config


def check_exposure(config: Config) -> None:
    """For those who are about to listen. *Refuses*: Unacceptable, where strangers could read mail or know passwords."""
    outside = [host for host in config.server.host if not settings.is_loopback(host)]
    if not outside:
        return
    if not config.mail.url and not config.mail.mailbox_public:
        raise Unacceptable(
            f"server.host: {outside[0]} is beyond loopback, and everybody could read all mail at /mailbox: "
            "set mail.url, or mail.mailbox_public: true if that is meant"
        )
    if config.demo.enabled and not config.demo.public:
        raise Unacceptable(
            f"server.host: {outside[0]} is beyond loopback, and everybody knows the passwords of the demo data: "
            "set demo.enabled: false, or demo.public: true if that is meant"
        )


def _from_file(path: Path | None) -> dict[tuple[str, str], Given]:
    file = path or DEFAULT_FILE
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), Loader)  # noqa: S506, it is a SafeLoader
    except FileNotFoundError:
        if path is None:
            return {}
        raise Unacceptable(f"{file}: there is no such file") from None
    except yaml.YAMLError as fault:
        where = getattr(fault, "problem_mark", None)
        line = f" in line {where.line + 1}" if where else ""
        raise Unacceptable(f"{file}: is no YAML{line}: {getattr(fault, 'problem', None) or 'unreadable'}") from None
    except (OSError, ValueError) as fault:
        raise Unacceptable(f"{file}: cannot be read: {fault}") from None
    if not isinstance(document, dict | None):
        raise Unacceptable(f"{file}: has no sections")
    return dict(_entries(file, document or {}))


def _entries(file: Path, document: dict[Any, Any]) -> Iterator[tuple[tuple[str, str], Given]]:
    for section, keys in document.items():
        if section not in SECTIONS:
            raise Unacceptable(f"{file}: unknown section {section}{_nearest(str(section), SECTIONS)}")
        if not isinstance(keys, dict | None):
            raise Unacceptable(f"{file}: {section}: must hold keys and values")
        for key, value in (keys or {}).items():
            name = f"{section}.{key}"
            if (section, key) not in KEYS:
                raise Unacceptable(f"{file}: unknown key {name}{_nearest(name, ['.'.join(known) for known in KEYS])}")
            if (section, key) in ENVIRONMENT_ONLY:
                variable = f"{PREFIX}{section}_{key}".upper()
                raise Unacceptable(f"{file}: {name}: only taken from the environment, as {variable}")
            yield (section, key), Given(value, f"{file}: {name}", lenient=False)


def _from_environment(environment: Mapping[str, str]) -> dict[tuple[str, str], Given]:
    given = {}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX):
            continue
        if variable not in VARIABLES:
            raise Unacceptable(f"{variable}: unknown key{_nearest(variable, VARIABLES)}")
        given[VARIABLES[variable]] = Given(value, variable, lenient=True)
    return given


def _value(given: Given, shape: Any) -> Any:
    value = given.value
    bare = typing.get_args(shape)[0] if typing.get_origin(shape) is typing.Annotated else shape
    if given.lenient and typing.get_origin(bare) is tuple:
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        # From the environment everything is text, and "8080" is a number.
        converted = msgspec.convert(value, shape, strict=not given.lenient)
    except msgspec.ValidationError as fault:
        reason = str(fault).split(" - at ")[0]
        raise Unacceptable(f"{given.origin}: {reason[0].lower()}{reason[1:]}") from None
    if isinstance(converted, float) and not math.isfinite(converted):
        raise Unacceptable(f"{given.origin}: expected a finite number")
    return converted


def _blame(section: str, reason: str, given: Mapping[tuple[str, str], Given]) -> str:
    """Names the place where the key was written that a section's own check speaks of."""
    for key in (name for at, name in KEYS if at == section):
        if reason.startswith(key) and not reason[len(key) : len(key) + 1].isidentifier():
            reason = reason[len(key) :].lstrip(": ")
            return f"{given[section, key].origin if (section, key) in given else f'{section}.{key}'}: {reason}"
    return f"{section}: {reason}"


def _complete(config: Config, folder: Path) -> Config:
    change = msgspec.structs.replace
    listening = config.server
    public_url = listening.public_url.rstrip("/") or f"http://localhost:{listening.port}"
    apis = {api: getattr(config, api) for api in APIS}
    apis = {name: change(api, hosts=tuple(host.lower() for host in api.hosts)) for name, api in apis.items()}
    apis["whoami"] = change(apis["whoami"], frontend_url=config.whoami.frontend_url.rstrip("/") or public_url)
    return change(
        config,
        server=change(
            listening,
            public_url=public_url,
            origins=tuple(origin.rstrip("/").lower() for origin in listening.origins),
        ),
        database=change(config.database, directory=str(folder / config.database.directory)),
        media=change(config.media, directory=str(folder / config.media.directory)),
        secrets=change(config.secrets, file=str(folder / config.secrets.file)),
        **apis,
    )


def _check(config: Config) -> None:
    """What no section can tell alone."""
    if config.sessions.same_site == "none" and not config.server.public_url.startswith("https://"):
        raise Unacceptable("sessions.same_site: may be none only where server.public_url is https")
    try:
        settings.url(config.whoami.frontend_url, "whoami.frontend_url")
    except ValueError as fault:
        raise Unacceptable(str(fault)) from None
    address = config.database.url
    if address and urlsplit(address).scheme not in ("postgresql", "postgres"):
        raise Unacceptable("database.url: must be postgresql://user:password@host:port/name")
    if config.mail.url:
        try:
            transports.server(config.mail.url)
        except ValueError as fault:
            raise Unacceptable(f"mail.url: {str(fault).removeprefix('mail.url ')}") from None
    taken: dict[str, str] = {}
    for api in APIS:
        for host in getattr(config, api).hosts:
            if not settings.HOST_NAME.fullmatch(host):
                raise Unacceptable(f"{api}.hosts: {host!r} is no host name")
            if host in taken:
                raise Unacceptable(f"{api}.hosts: {host} is {taken[host]}'s already")
            taken[host] = api


def _nearest(name: str, known: typing.Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
