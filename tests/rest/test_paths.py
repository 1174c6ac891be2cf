"""Which path is meant by which spelling."""

import pytest

from handlers.rest import paths

PATHS = ("/", "/login", r"/updateUser/{userId:\d+}", "/links/{token}/open")
BELOW = paths.Spellings("/auth-service", PATHS)
AT_ROOT = paths.Spellings("/auth-service", PATHS, is_at_root=True)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/auth-service/login", None),
        ("/auth-service/Login", "/auth-service/login"),
        ("/AUTH-SERVICE/login/", "/auth-service/login"),
        ("/auth-service", "/auth-service/"),
        ("/auth-service/", None),
        ("/auth-service/updateuser/7/", "/auth-service/updateUser/7"),
        ("/auth-service/updateUser/7", None),
        ("/auth-service/updateUser/%D9%A1", None),
        # What fills a hole is nobody's to spell.
        ("/auth-service/LINKS/AbC%2Fd/Open", "/auth-service/links/AbC%2Fd/open"),
        ("/Auth-Service/Nothing", "/auth-service/Nothing"),
        ("/auth-service/login//", None),
        ("/auth-services/login", None),
        ("/other", None),
        ("/", None),
        ("/login", None),
        ("/auth-\u017fervice/login", None),
    ],
)
def test_below_its_prefix(path: str, meant: str | None) -> None:
    assert BELOW.meant(path) == meant


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/login", None),
        ("/LOGIN/", "/login"),
        ("/auth-service/login", "/login"),
        ("/AUTH-SERVICE/login", "/login"),
        ("/auth-service", "/"),
        ("/auth-service/", "/"),
        ("/", None),
        ("/auth-service/updateuser/7", "/updateUser/7"),
        ("/media/AbC", None),
        ("/auth-service/media/AbC", None),
        ("/live", None),
    ],
)
def test_at_the_root_of_a_host(path: str, meant: str | None) -> None:
    assert AT_ROOT.meant(path) == meant
