"""The description of the websocket: every frame is in it, and everything that it refers to is there."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from handlers.live import asyncapi, frames

COOKIES = ["JSESSIONID", "session", "hiroba"]


@pytest.fixture
def description() -> dict[str, Any]:
    return asyncapi.describe(title="Hiroba live", version="1", url="https://hiroba.example", cookies=COOKIES)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for one in part:
            yield from references(one)


def resolved(description: dict[str, Any], reference: str) -> Any:
    found: Any = description
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return resolved(description, found["$ref"]) if "$ref" in found else found


def test_whatever_it_refers_to_is_there(description: dict[str, Any]) -> None:
    found = set(references(description))
    assert found
    for reference in found:
        assert resolved(description, reference)
    schemas = set(description["components"]["schemas"])
    assert {one.rpartition("/")[2] for one in found if "/schemas/" in one} == schemas


def test_every_frame_of_both_unions_is_in_it(description: dict[str, Any]) -> None:
    assert description["asyncapi"] == "3.0.0"
    operations = description["operations"]
    told = {one["$ref"].rpartition("/")[2] for one in operations.pop("tell")["messages"]}
    assert told == {one.__name__ for one in get_args(frames.ToClient)}
    heard = {one["messages"][0]["$ref"].rpartition("/")[2] for one in operations.values()}
    assert heard == {one.__name__ for one in get_args(frames.FromClient)}
    assert set(description["channels"]["live"]["messages"]) == told | heard
    for shape in (*get_args(frames.ToClient), *get_args(frames.FromClient)):
        message = resolved(description, f"#/components/messages/{shape.__name__}")
        schema = resolved(description, message["payload"]["$ref"])
        assert schema["properties"]["type"]["enum"] == [message["name"]] == [shape.__struct_config__.tag]
        assert message["summary"]
        # Nothing is left that says nothing of what it is.
        assert all(schema["properties"].values()), shape


def test_who_may_connect_and_how(description: dict[str, Any]) -> None:
    server = description["servers"]["hiroba"]
    assert (server["host"], server["protocol"]) == ("hiroba.example", "wss")
    ways = [resolved(description, way["$ref"]) for way in server["security"]]
    assert [(way["type"], way.get("name")) for way in ways] == [
        ("http", None),
        ("httpApiKey", "ticket"),
        *(("httpApiKey", cookie) for cookie in COOKIES),
    ]
    channel = description["channels"]["live"]
    assert channel["address"] == "/live"
    assert set(channel["bindings"]["ws"]["query"]["properties"]) == {"ticket", "since"}
