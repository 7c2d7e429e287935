"""Contracts and quarantine from the command line: from what was seen to an event that is mended and replayed."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.typing import Terminal


@pytest.fixture
def source(either: Terminal) -> str:
    made: str = either.reads("sources", "add", "Shop", "--id", f"shop-{uuid4()}")["id"]
    return made


def test_drift_is_seen_stopped_mended_and_replayed(either: Terminal, source: str, tmp_path: Path) -> None:
    event_type = f"tea-{uuid4()}"
    either.reads("track", event_type, "grams=4", "--source", source)
    seen = either.reads("types", "observed", event_type)
    assert [(each["path"], each["types"]) for each in seen["properties"]] == [("grams", {"integer": 1})]

    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(either.reads("contracts", "propose", event_type)["schema"]))
    contract = either.reads("contracts", "put", event_type, str(schema), "--mode", "quarantine")
    assert either.reads("contracts", "show", event_type) == contract
    assert contract in either.reads("contracts", "list")

    assert either.types("track", event_type, "grams=four", "--source", source).code != 0
    [aside] = either.reads("quarantine", "list", "--source", source)
    assert (aside["reason"], aside["type"]) == ("contract", event_type)
    assert either.reads("quarantine", "show", aside["id"]) == aside

    assert either.types("quarantine", "replay", aside["id"]).code != 0
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps({"type": event_type, "properties": {"grams": 4}}))
    assert either.reads("quarantine", "replay", aside["id"], "--event", str(mended))["outcome"] == "kept"
    assert either.reads("quarantine", "list", "--source", source) == []
    assert either.types("quarantine", "remove", aside["id"]).code != 0

    assert either.types("contracts", "remove", event_type).code == 0
    [version] = either.reads("contracts", "history", event_type)
    assert version["contract"] == contract
