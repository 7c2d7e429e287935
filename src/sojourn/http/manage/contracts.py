"""Contracts: what the properties of events of a type must look like. Each change is a version, and none is forgotten.

A type need not be described to have one: whatever clients send as `type` may.
"""

from __future__ import annotations

from collections.abc import Iterator

from litestar import Response, delete, get, put
from litestar.params import FromPath

from sojourn.core.contracts import Contract, ContractVersion, contract_faults
from sojourn.core.faults import type_faults
from sojourn.core.limits import Limits
from sojourn.http.manage.answers import Answer
from sojourn.http.manage.bodies import Asked, JsonObject, object_of, record_of
from sojourn.http.manage.lists import PAGE_ITEMS, Cursor, Limit, Listing, items_max, latest_first, listing_by_id
from sojourn.http.manage.names import unknown, with_this_id
from sojourn.http.manage.parts import Given, Parts
from sojourn.http.problems import INVALID_BODY, UNKNOWN_ID, WRONG_STATE, Declined, Fault


@get("/contracts", needs="read")
async def list_contracts(parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None) -> Listing[Contract]:
    """List the contracts that are in force, by event type."""
    found = parts.catalog.contracts()
    return listing_by_id(found, lambda contract: contract.id, items_max(limit, parts.limits), cursor)


@get("/event-types/{type_id:str}/contract", needs="read")
async def read_contract_of_type(type_id: FromPath[str], parts: Given) -> Contract:
    """Read the contract of an event type."""
    return _known(type_id, parts)


@put(
    "/event-types/{type_id:str}/contract",
    needs="configure",
    body=Contract,
    also_201=True,
    problems=(WRONG_STATE,),
)
async def put_contract_of_type(type_id: FromPath[str], request: Asked, parts: Given) -> Response[Contract]:
    """Make the contract of an event type, or replace it, in force for the next event.

    The type need not be described, and may be built in. `version` is counted by the server; what is sent of it is left
    aside.
    """
    given = with_this_id(await object_of(request), type_id)
    async with parts.configuring:
        contract = _checked(given, parts.limits)
        if parts.catalog.contract(type_id) is None:
            _require_room(parts)
        is_new = await parts.catalog.put_contract(contract, parts.clock.now())
        return Answer(_known(type_id, parts), status_code=201 if is_new else 200)


@delete("/event-types/{type_id:str}/contract", needs="configure")
async def remove_contract_of_type(type_id: FromPath[str], parts: Given) -> None:
    """Remove the contract of an event type. Its history stays, and so does what it put aside."""
    async with parts.configuring:
        if not await parts.catalog.remove_contract(type_id, parts.clock.now()):
            raise unknown("contract")


@get("/event-types/{type_id:str}/contract/history", needs="read")
async def list_versions_of_contract(
    type_id: FromPath[str], parts: Given, limit: Limit = PAGE_ITEMS, cursor: Cursor = None
) -> Listing[ContractVersion]:
    """List the versions of the contract of an event type, the latest first, also after it was removed."""
    history = await parts.catalog.contract_history(type_id)
    if not history:
        raise unknown("contract")
    return listing_by_id(
        history, lambda version: latest_first(version.contract.version), items_max(limit, parts.limits), cursor
    )


HANDLERS = (
    list_contracts,
    read_contract_of_type,
    put_contract_of_type,
    remove_contract_of_type,
    list_versions_of_contract,
)


def _known(type_id: str, parts: Parts) -> Contract:
    contract = parts.catalog.contract(type_id)
    if contract is None:
        raise Declined(UNKNOWN_ID, "This event type has no contract.")
    return contract


def _require_room(parts: Parts) -> None:
    contracts_max = parts.limits.contracts_max
    if len(parts.catalog.contracts()) >= contracts_max:
        raise Declined(WRONG_STATE, f"There are {contracts_max} contracts, which are the most. Remove one first.")


def _checked(given: JsonObject, limits: Limits) -> Contract:
    contract = record_of(Contract, given)
    faults = list(_faults(contract, limits))
    if faults:
        raise Declined(INVALID_BODY, "Some fields cannot be accepted.", faults)
    return contract


def _faults(contract: Contract, limits: Limits) -> Iterator[Fault]:
    for fault in type_faults("id", contract.id):
        yield Fault(("path", "type_id"), "shape", fault.msg)
    if len(contract.id) > limits.event_type_chars_max:
        msg = f"An event type has at most {limits.event_type_chars_max} characters."
        yield Fault(("path", "type_id"), "too-long", msg)
    for place in contract_faults(contract, limits):
        yield Fault(("body", "schema", *place.loc), "schema", place.msg)
