"""A page: a template filled in, under headers that let it load nothing but its own stylesheet and picture."""

from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from handlers.core import refusals
from handlers.pages import assets, words
from handlers.rest import problems

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    # Not stricter: without a referrer browsers send forms with the origin "null", which is nobody's.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
TEMPLATES.globals["asset"] = assets.url


def page(template: str, *, status: int = 200, headers: dict[str, str] | None = None, **fields: Any) -> web.Response:
    """A page. `headers` come on top of those that every page has, or in their place."""
    return web.Response(
        text=TEMPLATES.get_template(template).render(fields),
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={**HEADERS, **(headers or {})},
    )


def filled(template: str, refusal: refusals.Refusal | None, **fields: Any) -> web.Response:
    """A page; if it says no, with the refusal's status and headers."""
    if refusal is None:
        return page(template, **fields)
    status = words.WORDS.said(refusal).status
    return page(template, status=status, headers=problems.headers(refusal), **fields)


def go_to(path: str) -> web.Response:
    """On to another page, after a form: loading that one again sends nothing twice."""
    return web.Response(status=303, headers={"Location": path, **HEADERS})
