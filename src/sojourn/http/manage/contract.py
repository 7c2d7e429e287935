"""The contract of the management API, read off its routes: what each takes, gives, needs, and how it can fail."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Collection, Iterable, Iterator
from http import HTTPStatus
from itertools import groupby
from typing import Any, get_args, get_origin

import msgspec
from litestar import Litestar, Response, get
from litestar.params import HeaderParameter, ParameterKwarg, QueryParameter
from litestar.types import ASGIApp
from litestar.typing import FieldDefinition

from sojourn.http import problems
from sojourn.http.manage.bodies import Asked
from sojourn.http.manage.parts import Given
from sojourn.http.manage.rights import PUBLIC, Route, routes_of
from sojourn.http.openapi import document
from sojourn.http.problems import Kind, ProblemBody
from sojourn.http.schemas import REFERENCE, Schema, as_answer, as_body, as_patch, schemas_of


@get("/openapi.json", needs="read")
async def read_contract(request: Asked, parts: Given) -> dict[str, object]:
    """Read this document."""
    state = request.app.state
    if "contract" not in state:
        # Drawing it takes long enough to hold up the tracker, so another thread does it, once.
        state["contract"] = await asyncio.to_thread(contract_of, request.app, parts.version)
    contract: Schema = state["contract"]
    return contract


HANDLERS = (read_contract,)


def contract_of(app: Litestar, version: str) -> Schema:
    """The OpenAPI document of the tracker and of the management API as `app` serves it."""
    routes = list(routes_of(app))
    given = list(dict.fromkeys(kind for route in routes if (kind := _given_by(route)) is not None))
    patched = {route.handler.opt["body"] for route in routes if route.method == "PATCH"}
    taken = {route.handler.opt["body"]: None for route in routes if "body" in route.handler.opt}
    schemas, answers = schemas_of([*given, ProblemBody])
    schema_of = {str(kind): schema for kind, schema in zip(given, schemas, strict=False)}
    paths: dict[str, Schema] = {}
    for route in sorted(routes, key=lambda route: (route.path, route.method)):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    components = {name: as_answer(schema) for name, schema in answers.items()} | _bodies(taken, patched)
    return document(version, (paths, components))


def _operation(route: Route, schema_of: dict[str, Schema]) -> Schema:
    handler = route.handler
    summary, _, description = (inspect.getdoc(handler.fn) or "").partition("\n")
    needs = "" if route.needs == PUBLIC else f"Needs a token with the scope `{route.needs}`."
    operation: Schema = {
        "tags": [handler.fn.__module__.rpartition(".")[2]],
        "operationId": handler.handler_name,
        "summary": summary.rstrip("."),
        "description": " ".join(part for part in (description.strip(), needs) if part),
        "security": [] if route.needs == PUBLIC else [{"token": [route.needs]}],
        "parameters": [*_parameters(route)],
        "responses": {**_successes(route, schema_of), **_failures(route)},
    }
    body = handler.opt.get("body")
    if body is not None:
        name = f"{body.__name__.removesuffix('Fields')}{'Patch' if route.method == 'PATCH' else 'Fields'}"
        content = {"application/json": {"schema": {"$ref": REFERENCE.format(name=name)}}}
        operation["requestBody"] = {"required": not handler.opt.get("body_optional", False), "content": content}
    return operation


def _bodies(taken: Iterable[type[msgspec.Struct]], patched: Collection[type[msgspec.Struct]]) -> dict[str, Schema]:
    """The components that requests send. They have names of their own, since in answers every field stands."""
    components: dict[str, Schema] = {}
    for kind in taken:
        name = kind.__name__.removesuffix("Fields")
        _, found = schemas_of([kind])
        told = _with_names_of_bodies(found)
        fields = told.pop(f"{name}Fields")
        components |= told | {f"{name}Fields": {**as_body(fields), "title": f"{name}Fields"}}
        if kind in patched:
            components[f"{name}Patch"] = {**as_patch(fields), "title": f"{name}Patch"}
    return components


def _with_names_of_bodies(found: dict[str, Schema]) -> dict[str, Schema]:
    """The same components under the names that they have in bodies; what is no object is the same everywhere."""
    names = {
        name: f"{name.removesuffix('Fields')}Fields" if "properties" in schema else name
        for name, schema in found.items()
    }
    text = msgspec.json.encode({names[name]: schema for name, schema in found.items()}).decode()
    for name, renamed in names.items():
        text = text.replace(f'"{REFERENCE.format(name=name)}"', f'"{REFERENCE.format(name=renamed)}"')
    components: dict[str, Schema] = msgspec.json.decode(text)
    return components


def _parameters(route: Route) -> Iterator[Schema]:
    handler = route.handler
    in_path = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    known = handler.parsed_fn_signature.parameters
    for name in in_path:
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **_said(known.get(name))}
    for name, field in known.items():
        meant = field.kwarg_definition
        if isinstance(meant, QueryParameter | HeaderParameter):
            place = meant.param_type.value
            yield {"name": meant.name or name, "in": place, "schema": _schema(field), **_said(field)}


def _said(field: FieldDefinition | None) -> Schema:
    meant = field.kwarg_definition if field else None
    return {"description": meant.description} if isinstance(meant, ParameterKwarg) and meant.description else {}


def _schema(field: FieldDefinition) -> Schema:
    schema = msgspec.json.schema(field.annotation)
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != {"type": "null"}]
    meant = field.kwarg_definition
    bounds = {"minimum": meant.ge, "maximum": meant.le} if isinstance(meant, ParameterKwarg) else {}
    default = {"default": field.default} if field.default is not None else {}
    return {**kinds[0], **{name: bound for name, bound in bounds.items() if bound is not None}, **default}


def _given_by(route: Route) -> Any:  # noqa: ANN401  A type, which may be an alias such as dict[str, X].
    """The type of what a route answers; None when it answers no JSON."""
    kind = route.handler.parsed_fn_signature.return_type.annotation
    if get_origin(kind) is Response:
        kind = get_args(kind)[0]
    return None if kind in (ASGIApp, bytes, None, type(None)) else kind


def _successes(route: Route, schema_of: dict[str, Schema]) -> dict[str, Schema]:
    handler = route.handler
    content: Schema = {}
    kind = _given_by(route)
    if kind is not None:
        content = {"content": {"application/json": {"schema": schema_of[str(kind)]}}}
    elif "answers" in handler.opt:
        content = {"content": {handler.opt["answers"]: {"schema": {"type": "string"}}}}
    statuses = [handler.status_code, *([201] if handler.opt.get("also_201") else [])]
    return {str(status): {"description": HTTPStatus(status).phrase, **content} for status in statuses}


def _failures(route: Route) -> dict[str, Schema]:
    content = {"application/json": {"schema": {"$ref": REFERENCE.format(name=ProblemBody.__name__)}}}
    failures = sorted(set(_kinds(route)), key=lambda kind: kind.code)
    return {
        str(status): {"description": "; ".join(f"{kind.title} (`{kind.code}`)" for kind in kinds), "content": content}
        for status, kinds in groupby(failures, key=lambda kind: kind.status)
    }


def _kinds(route: Route) -> Iterator[Kind]:
    handler = route.handler
    yield from (problems.BAD_REQUEST, problems.INTERNAL)
    yield from handler.opt.get("problems", ())
    if route.needs != PUBLIC:
        yield from (problems.NO_TOKEN, problems.NO_RIGHT, problems.STORE_UNAVAILABLE, problems.NOT_SETTLED)
        yield problems.INVALID_QUERY
    if "{" in route.path and not handler.opt.get("also_201"):
        yield problems.UNKNOWN_ID
    if "body" in handler.opt:
        yield from (problems.TOO_LARGE, problems.NOT_JSON, problems.INVALID_BODY)
