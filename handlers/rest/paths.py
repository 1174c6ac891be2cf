"""Paths of an API that takes them in any case and with a slash at their end or without. Source: contract, 5.

Such an API is mounted like any other. Beside it stands what knows its paths by any spelling, and asks the router again
with the one that is declared: what is routed, counted and logged is always that.
"""

import re
from collections.abc import Iterable

from aiohttp import web
from aiohttp.web_urldispatcher import AbstractRuleMatching, MatchedSubAppResource, _InfoDict, _Resolve

PLACEHOLDER = re.compile(r"\{(\w+)(?::([^{}]+))?\}")
# Letters of other scripts that count as ASCII ones without regard to case ("ſ", "K") are no spelling of anything.
LOOSELY = re.IGNORECASE | re.ASCII


class Spellings:
    """An API's paths below its prefix; `is_at_root`: at the root of a host, with its prefix before them or without."""

    def __init__(self, prefix: str, paths: Iterable[str], *, is_at_root: bool = False) -> None:
        declared = dict.fromkeys(paths)
        self._prefix = re.compile(f"{re.escape(prefix)}(?=/|$)", LOOSELY)
        self._root = "" if is_at_root else prefix
        self._is_at_root = is_at_root
        self._known = frozenset(self._root + path for path in declared)
        self._patterns = [(_pattern(path), path) for path in declared]

    def meant(self, path: str) -> str | None:
        """The path that another spelling stands for; None for what is spelled as declared, and for others' paths."""
        if path in self._known:
            return None
        prefix = self._prefix.match(path)
        if prefix is None and not self._is_at_root:
            return None
        rest = path if prefix is None else path[prefix.end() :]
        for pattern, declared in self._patterns:
            match = pattern.fullmatch(rest)
            if match is not None:
                rest = PLACEHOLDER.sub(lambda hole, found=match: found[hole[1]], declared)  # type: ignore[misc]
                break
        else:
            if self._is_at_root:
                return None
        return None if self._root + rest == path else self._root + rest


def _pattern(path: str) -> re.Pattern[str]:
    parts, end = [], 0
    for hole in PLACEHOLDER.finditer(path):
        parts += [re.escape(path[end : hole.start()]), f"(?P<{hole[1]}>{hole[2] or '[^/]+'})"]
        end = hole.end()
    return re.compile("".join(parts) + re.escape(path[end:].removesuffix("/")) + "/?", LOOSELY)


class Respelled(MatchedSubAppResource):
    """Stands in a router for all spellings of an API that is mounted in it, and answers nothing itself."""

    def __init__(self, app: web.Application, spellings: Spellings) -> None:
        super().__init__(_Elsewhere(), app)
        self._router = app.router
        self._spellings = spellings

    async def resolve(self, request: web.Request) -> _Resolve:
        """What the router has for the path that is meant."""
        meant = self._spellings.meant(request.rel_url.raw_path)
        if meant is None:
            return None, set()
        found = await self._router.resolve(request.clone(rel_url=request.rel_url.with_path(meant, encoded=True)))
        return found, set()

    def __len__(self) -> int:
        return 0

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(())


class _Elsewhere(AbstractRuleMatching):
    """What aiohttp wants to know of a resource that is found by a rule: here the resource itself is the rule."""

    canonical = "another spelling"

    async def match(self, request: web.Request) -> bool:
        """Never asked."""
        return False

    def get_info(self) -> _InfoDict:
        """Nothing to list."""
        return {}
