"""The OpenAPI 3.1 description, made from the routes' own declarations: it cannot say what the server does not do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from handlers.rest import bodies, identity, previews, surface

PLACEHOLDER = re.compile(r"\{(\w+)(?::[^{}]+)?\}")
REFERENCES = "#/components/schemas/{name}"
JSON = "application/json"
PREVIEW: dict[str, Any] = {
    "name": previews.PARAMETER,
    "in": "query",
    "description": "All checks and the answer as it would be; nothing is done. Ids that would be made are null.",
    "schema": {"type": "boolean", "default": False},
}


def describe(surfaces: Sequence[surface.Surface], *, title: str, version: str, url: str) -> dict[str, Any]:
    """The description of these APIs at a server's address."""
    routes = [(api, route) for api in surfaces for route in api.routes]
    shapes = list(_shapes(route for _, route in routes))
    schemas, components = msgspec.json.schema_components(shapes, ref_template=REFERENCES)
    schema_of = dict(zip(map(repr, shapes), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for api, route in routes:
        path = api.prefix + PLACEHOLDER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(api, route, schema_of)
    schemes = {name: scheme for api in surfaces for name, scheme in _schemes(api).items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": url}],
        "tags": [{"name": api.name, "description": api.document} for api in surfaces],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": schemes},
    }


def _schemes(api: surface.Surface) -> dict[str, Mapping[str, str]]:
    """What shows who asks: any one of these."""
    cookie = {} if api.cookie is None else {api.name: {"type": "apiKey", "in": "cookie", "name": api.cookie}}
    return {**cookie, **api.header_schemes}


def _shapes(routes: Iterator[surface.Route]) -> Iterator[Any]:
    seen = set()
    for route in routes:
        for shape in (route.accepts, *_answers(route)):
            if shape is not None and repr(shape) not in seen:
                seen.add(repr(shape))
                yield shape


def _answers(route: surface.Route) -> tuple[Any, ...]:
    return route.answers if isinstance(route.answers, tuple) else (route.answers,)


def _operation(api: surface.Surface, route: surface.Route, schema_of: dict[str, Any]) -> dict[str, Any]:
    docstring = (route.handler.__doc__ or "").strip()
    operation: dict[str, Any] = {
        "tags": [api.name],
        "summary": route.heading,
        "description": docstring,
        "operationId": f"{api.name}_{route.handler.__name__}",
        "responses": {
            str(route.status): _answer(route, schema_of),
            "4XX": {"description": "The API's own error form."},
        },
    }
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(pattern)}
        for name, pattern in re.findall(r"\{(\w+)(?::([^{}]+))?\}", route.path)
    ]
    if route.query is not None:
        parameters += _query_parameters(route.query)
    if route.previews:
        parameters.append(PREVIEW)
    if parameters:
        operation["parameters"] = parameters
    if route.accepts is not None:
        content = {route.accepts_type or JSON: {"schema": schema_of[repr(route.accepts)]}}
        if api.forms and route.accepts_type is None:
            content[bodies.FORM_TYPE] = content[JSON]
        # A body without fields need not be sent.
        needed = bool(getattr(route.accepts, "__struct_fields__", True))
        operation["requestBody"] = {"required": needed, "content": content}
    # A token in the body is one of its fields: the format has no other word for that.
    if route.who in (identity.Who.MEMBER, identity.Who.OPERATOR) and api.identify_by_body is None:
        operation["security"] = [{name: []} for name in _schemes(api)]
    return operation


def _query_parameters(shape: Any) -> Iterator[dict[str, Any]]:
    for field in msgspec.structs.fields(shape):
        schema = msgspec.json.schema(field.type)
        # Absent is not null: what may be left out has its other schema alone.
        kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != {"type": "null"}]
        (kind,) = kinds
        yield {"name": field.encode_name, "in": "query", "required": field.required, "schema": kind}


def _path_schema(pattern: str) -> dict[str, str]:
    return {"type": "integer"} if pattern == r"\d+" else {"type": "string"}


def _answer(route: surface.Route, schema_of: dict[str, Any]) -> dict[str, Any]:
    if route.answers is None:
        return {"description": "Done."}
    schemas = [schema_of[repr(shape)] for shape in _answers(route)]
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    return {"description": "The answer.", "content": {route.answers_type or JSON: {"schema": schema}}}
