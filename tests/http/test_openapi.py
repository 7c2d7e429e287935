"""The contract says what the server does: the file, the document and the routes are one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from sojourn import __version__
from sojourn.core.limits import Limits
from sojourn.core.sources import ApiKey, Redirect, Source
from sojourn.http.answers import TrackAnswer
from sojourn.http.app import ROUTES as TRACKER_ROUTES
from sojourn.http.manage.app import API_HANDLERS, ROOT_HANDLERS, openapi_document, openapi_text, routed
from sojourn.http.manage.rights import PUBLIC, routes_of
from sojourn.http.schemas import field_docs
from sojourn.http.wire import decode_track
from tests.http.manage.desk import VERSION, Desk, a_desk
from tests.tidy.repository import ROOT

ROUTES = tuple(routes_of(routed(API_HANDLERS, ROOT_HANDLERS)))
METHODS = {"get", "head", "post", "put", "patch", "delete"}


@cache
def document() -> dict[str, Any]:
    return json.loads(openapi_text(__version__))  # type: ignore[no-any-return]  # The contract is an object.


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_the_file_is_what_the_code_says() -> None:
    assert (ROOT / "spec" / "openapi.json").read_text() == openapi_text(__version__), "run `make spec`"


def test_the_document_is_valid_openapi() -> None:
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(document())] == []


def test_every_component_is_a_valid_schema() -> None:
    for schema in document()["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    known = {f"#/components/schemas/{name}" for name in document()["components"]["schemas"]}
    assert set(references(document())) == known


def test_the_document_has_every_managed_route_and_no_other() -> None:
    told = {(method.upper(), path) for path, method, operation in operations() if operation["tags"] != ["tracker"]}
    assert told == {(route.method, route.path) for route in ROUTES}


def test_the_document_has_every_route_of_the_tracker_and_no_other() -> None:
    told: dict[str, tuple[set[str], set[int]]] = {}
    for path, method, operation in operations():
        if operation["tags"] == ["tracker"]:
            first, *segments = path.removeprefix("/").split("/")
            methods, counts = told.setdefault(first, (set(), set()))
            methods.add(method.upper())
            counts.add(len(segments))
    expected = {name.decode(): (set(route.methods), set(route.segments)) for name, route in TRACKER_ROUTES.items()}
    assert told == expected


def test_every_operation_has_an_id_of_its_own() -> None:
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids))


def test_every_operation_says_what_it_does() -> None:
    assert [(path, method) for path, method, operation in operations() if not operation["summary"]] == []


def test_every_tag_is_explained() -> None:
    used = {tag for _, _, operation in operations() for tag in operation["tags"]}
    assert used == {tag["name"] for tag in document()["tags"]}


def test_every_protected_operation_names_its_scope() -> None:
    told = {(method.upper(), path): operation["security"] for path, method, operation in operations()}
    for route in ROUTES:
        assert told[route.method, route.path] == ([] if route.needs == PUBLIC else [{"token": [route.needs]}])


def test_every_parameter_of_a_path_is_declared() -> None:
    for path, _, operation in operations():
        declared = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path))


def test_answers_of_the_tracker_have_the_fields_of_the_record() -> None:
    schema = document()["components"]["schemas"]["TrackAnswer"]
    assert list(schema["properties"]) == list(TrackAnswer.__struct_fields__) == [*schema["required"], "passes"]


@pytest.mark.parametrize("name", ["minimal", "full"])
def test_examples_of_payloads_are_payloads(name: str) -> None:
    content = document()["paths"]["/track"]["post"]["requestBody"]["content"]["application/json"]
    example = content["examples"][name]["value"]
    whole = {**content["schema"], "components": document()["components"]}
    jsonschema_rs.validate(whole, example)
    limits = Limits()
    tracked = decode_track(json.dumps(example).encode(), limits, limits.public)
    assert len(tracked.events) == len(example["events"])


@pytest.mark.parametrize("kind", [Source, Redirect])
def test_a_body_may_leave_out_the_id_and_what_has_a_default(kind: type[Source | Redirect]) -> None:
    schema = document()["components"]["schemas"][f"{kind.__name__}Fields"]
    assert "id" not in schema["required"]
    assert "name" in schema["required"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("kind", [Source, Redirect, ApiKey])
def test_an_answer_shows_every_field(kind: type[Source | Redirect | ApiKey]) -> None:
    schema = document()["components"]["schemas"][kind.__name__]
    assert schema["required"] == list(kind.__struct_fields__)


def test_a_secret_may_be_left_out_of_an_answer() -> None:
    schema = document()["components"]["schemas"]["SourceAnswer"]
    assert set(schema["properties"]) - set(schema["required"]) == {"secret"}


def test_fields_are_described_by_their_docstrings() -> None:
    schema = document()["components"]["schemas"]["SourceFields"]
    assert schema["properties"]["channel"]["description"] == field_docs(Source)["channel"]


def test_nothing_names_a_page_that_readers_do_not_have() -> None:
    assert re.findall(r"\w+\.md", openapi_text(__version__)) == []


def test_the_version_is_that_of_the_server() -> None:
    assert openapi_document("7.8.9")["info"] == {**document()["info"], "version": "7.8.9"}


@pytest.fixture
async def desk() -> Any:
    async with a_desk() as opened:
        yield opened


async def test_the_server_hands_the_document_out(desk: Desk) -> None:
    expected = {**document(), "info": {**document()["info"], "version": VERSION}}
    assert await desk.get("/openapi.json") == expected
    assert await desk.get("/openapi.json") == expected
