"""The contract of the HTTP interface, OpenAPI 3.1: the tracker's part, written here, and the frame around both parts.

The management API describes itself (`http/manage/contract.py`). `spec/openapi.json` is what `document` says.
"""

from __future__ import annotations

from sojourn.core.events import Problem
from sojourn.http.payload import Payload
from sojourn.http.schemas import REFERENCE, Schema, as_answer, schemas_of

OPENAPI = "3.1.0"

_INTRODUCTION = """\
Sojourn takes events from clients, says whose each one is, keeps that person's profile up to date, and keeps the event.

Clients send to the tracker (`/track`, `/collect`, `/redirect`), which needs no token: it knows its sources. Everything
below `/api/v1` needs `Authorization: Bearer <token>` with the scope that the operation names."""

_TAGS = (
    ("tracker", "What clients send events to."),
    ("sources", "Who may send events."),
    ("redirects", "Links that record an event and lead on."),
    ("profiles", "People."),
    ("erasures", "What was erased, and whether it is done."),
    ("sessions", "The stays of people."),
    ("events", "What happened."),
    ("event_types", "What is known of events by their type."),
    ("observed", "What events of a type are seen to say."),
    ("contracts", "What events of a type must look like."),
    ("mappings", "What events do to fields."),
    ("id_kinds", "Kinds of id: by what people are recognised."),
    ("identification_points", "Which properties of events hold ids."),
    ("merge_rules", "How the fields of two persons become those of one."),
    ("merges", "Profiles that became one person's."),
    ("reviews", "Links between people that were held back."),
    ("passes", "Tokens that hand people on from site to site."),
    ("outcomes", "How many events ended how."),
    ("quarantine", "Events that were put aside."),
    ("live", "What is answered just now."),
    ("jobs", "What takes longer than a request."),
    ("keys", "Tokens for this API."),
    ("contract", "This document."),
    ("front", "What people see at the address of the server."),
    ("probes", "How the server is doing."),
    ("limits", "The bounds of the server."),
)


def document(version: str, management: tuple[dict[str, Schema], dict[str, Schema]]) -> Schema:
    """The whole document; `management` is the paths and the components of the management API."""
    paths, components = management
    tracker_components = _tracker_components()
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Sojourn",
            "version": version,
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS],
        "paths": {**_tracker_paths(), **dict(sorted(paths.items()))},
        "components": {
            "schemas": dict(sorted({**tracker_components, **components}.items())),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token of the management API."},
                "secret": {"type": "http", "scheme": "bearer", "description": "The secret of a `server` source."},
            },
        },
    }


def _tracker_components() -> dict[str, Schema]:
    _, asked = schemas_of([Payload])
    _, told = schemas_of([Problem])
    answers = {name: as_answer(schema) for name, schema in told.items()}
    return {**asked, **answers, "TrackAnswer": _ANSWER, "TrackerRefusal": _REFUSAL}


def _tracker_paths() -> dict[str, Schema]:
    paths = {"/track": {"post": _track()}}
    for path, suffix, session in (("", "", []), ("/{session_id}", "_with_session", [_SESSION])):
        collect = "/collect/{event_type}/{source_id}" + path
        named = [_in_path("event_type", "The type of the event."), _in_path("source_id", "A source of type `webhook`.")]
        paths[collect] = {method: _collect(method, suffix, [*named, *session]) for method in ("get", "post")}
        redirect = [_in_path("redirect_id", "A redirect."), *session]
        paths["/redirect/{redirect_id}" + path] = {
            method: _redirect(method, suffix, redirect) for method in ("get", "head", "post", "put", "delete")
        }
    return paths


def _track() -> Schema:
    examples = {"minimal": {"summary": "The least", "value": _MINIMAL}, "full": {"summary": "More", "value": _FULL}}
    body = {"schema": {"$ref": REFERENCE.format(name="Payload")}, "examples": examples}
    return {
        "tags": ["tracker"],
        "operationId": "track",
        "summary": "Send events",
        "description": (
            "One source, one session, one profile, any number of events. 200 means kept: the events are on disk with "
            "all that they changed. Keep the ids of the answer, and send them with the next request. A body may be "
            "gzip, and may be sent as `text/plain`, so that browsers need no preflight."
        ),
        "security": [{}, {"secret": []}],
        "parameters": [
            {
                "name": "profile_less",
                "in": "query",
                "description": "Whether the events are to be nobody's.",
                "schema": {"type": "boolean", "default": False},
            },
            _IDEMPOTENCY_KEY,
        ],
        "requestBody": {"required": True, "content": {"application/json": body, "text/plain": body}},
        "responses": {"200": _KEPT, **_refusals(400, 401, 403, 405, 408, 413, 415, 422, 429, 500, 503)},
    }


def _collect(method: str, suffix: str, parameters: list[Schema]) -> Schema:
    operation = {
        "tags": ["tracker"],
        "operationId": f"collect_{method}{suffix}",
        "summary": "Send one event as a webhook" if method == "post" else "Send one event as a URL",
        "description": (
            "The body becomes the properties: JSON, a form, or text." if method == "post" else _QUERY_BECOMES_PROPERTIES
        )
        + (" The session's profile is the event's, else a new one." if suffix else " The event is nobody's."),
        "security": [{}, {"secret": []}],
        "parameters": [*parameters, _IDEMPOTENCY_KEY],
        "responses": {"200": _KEPT, **_refusals(400, 401, 403, 405, 408, 413, 415, 422, 429, 500, 503)},
    }
    if method == "post":
        content = {
            "application/json": {"schema": {}, "example": {"order": "A-17", "status": "paid"}},
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
            "multipart/form-data": {"schema": {"type": "object"}},
            "text/plain": {"schema": {"type": "string"}},
        }
        operation["requestBody"] = {"content": content}
    return operation


def _redirect(method: str, suffix: str, parameters: list[Schema]) -> Schema:
    status = "307" if method in ("get", "head") else "303"
    location = {"Location": {"schema": {"type": "string", "format": "uri"}, "description": "The redirect's `url`."}}
    return {
        "tags": ["tracker"],
        "operationId": f"redirect_{method}{suffix}",
        "summary": "Follow a redirect",
        "description": "Records the redirect's event and leads on, even when nothing can be recorded.",
        "security": [{}],
        "parameters": parameters,
        "responses": {status: {"description": "Go on from there.", "headers": location}, **_refusals(404, 405, 500)},
    }


def _refusals(*statuses: int) -> dict[str, Schema]:
    schema = {"$ref": REFERENCE.format(name="TrackerRefusal")}
    return {
        str(status): {"description": _REFUSED[status], "content": {"application/json": {"schema": schema}}}
        for status in statuses
    }


def _in_path(name: str, description: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": {"type": "string"}}


_SESSION = _in_path("session_id", "The session, as the client names it.")
_QUERY_BECOMES_PROPERTIES = "The parameters of the URL become the properties; one that is repeated becomes a list."
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Stands in for event ids that are missing, so that a request which is sent again counts once.",
    "schema": {"type": "string"},
}
_REFUSED = {
    400: "The body does not keep to its own framing or compression.",
    401: "The source is unknown, disabled, or not meant for this entry, or its secret is missing.",
    403: "The origin is not allowed, a secret came from a browser, or the source refuses bots.",
    404: "There is no such redirect.",
    405: "The method is not allowed here.",
    408: "The request arrived too slowly.",
    413: "The body, or what it holds, is beyond a limit.",
    415: "The content encoding is not understood.",
    422: "The body cannot be read, or none of its events can be accepted.",
    429: "Too much in a short time; `Retry-After` says when to come back.",
    500: "A fault of the server. The request may be sent again.",
    503: "The server cannot take it now; `Retry-After` says when to come back.",
}
_PROBLEMS = {"type": "array", "items": {"$ref": REFERENCE.format(name="Problem")}}
_ID = {"type": "object", "required": ["id"], "properties": {"id": {"type": ["string", "null"]}}}
_ANSWER: Schema = {
    "title": "TrackAnswer",
    "description": "What became of a request.",
    "type": "object",
    "required": ["task", "ux", "response", "events", "profile", "session", "errors", "warnings"],
    "properties": {
        "task": {"type": "string", "description": "The id of the request."},
        "ux": {"type": "array", "items": {}},
        "response": {"type": "object"},
        "events": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The ids of the stored events, when `options.debugger` asks and the source allows it.",
        },
        "profile": {
            **_ID,
            "description": "Keep the id. With `options.profile`, and where the source allows it, the whole profile.",
        },
        "session": {**_ID, "description": "Keep the id."},
        "errors": _PROBLEMS,
        "warnings": _PROBLEMS,
        "passes": {
            "type": "object",
            "description": "Only when `options.pass` asks: by the ids of sources, the tokens that hand the person on.",
            "additionalProperties": {
                "type": "object",
                "required": ["token", "expires_at"],
                "properties": {"token": {"type": "string"}, "expires_at": {"type": "string", "format": "date-time"}},
            },
        },
    },
}
_REFUSAL: Schema = {
    "title": "TrackerRefusal",
    "description": "Why the tracker refused a request.",
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["type", "loc", "msg"],
                        "properties": {
                            "type": {"type": "string"},
                            "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
                            "msg": {"type": "string"},
                        },
                    },
                },
            ]
        }
    },
}
_KEPT: Schema = {
    "description": "Kept. `errors` and `warnings` tell of single events, by their index in the request.",
    "content": {
        "application/json": {
            "schema": {"$ref": REFERENCE.format(name="TrackAnswer")},
            "example": {
                "task": "0197f6a5-7a3c-7cc2-8000-6c1c4d1f6a11",
                "ux": [],
                "response": {},
                "events": [],
                "profile": {"id": "8a3b7c1e-2d4f-4a6b-9c8d-1e2f3a4b5c6d"},
                "session": {"id": "d6823ba7013e-8dd8-4fc1-bd14-f14dc4b1"},
                "errors": [],
                "warnings": [],
            },
        }
    },
}
_MINIMAL: Schema = {
    "source": {"id": "f14dc4b1-8dd8-4fc1-bd14-d6823ba7013e"},
    "session": {"id": "d6823ba7013e-8dd8-4fc1-bd14-f14dc4b1"},
    "events": [
        {"type": "page-view", "properties": {"pageTitle": "My Page"}},
        {"type": "consent-granted", "properties": {"marketing": False, "general": True}},
        {"type": "product-in-basket", "properties": {"product": "Adidas sneakers", "price": 34.43}},
    ],
}
_FULL: Schema = {
    "source": {"id": "3ee63fc6-490a-4fd8-bfb3-bf0c8c8d3387"},
    "session": {"id": "bfb3-bf0c8c8d3387-3ee63fc6-490a-4fd8"},
    "profile": {"id": "bf0c8c8d3387-3ee63fc6-490a-4fd8bfb3"},
    "context": {"system": "webstore-backend", "client": {"browser": "Mozilla Firefox"}},
    "properties": {},
    "events": [
        {
            "id": "order-17",
            "type": "product-in-basket",
            "properties": {"product": "Adidas sneakers", "price": 34.43},
            "context": {"tag": "product-details-page"},
            "tags": ["basket"],
            "time": {"create": "2026-01-31T12:00:00Z"},
            "options": {"saveEvent": True},
        }
    ],
    "options": {"saveSession": True},
}
