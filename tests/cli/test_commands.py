"""Each command on a folder without a server, and through a running server: nobody can tell the difference."""

from __future__ import annotations

from typing import Any, get_type_hints
from uuid import uuid4

import pytest

from sojourn.cli.sources import SourceFields, WebhookFields
from sojourn.core.pipeline import STEP_NAMES
from sojourn.core.sources import Source, WebhookOptions
from tests.cli.typing import Terminal


@pytest.fixture
def source(either: Terminal) -> str:
    """A source of this test's own, of every type."""
    types = ("--type", "rest", "--type", "redirect")
    made: str = either.reads("sources", "add", "Shop", "--id", f"shop-{uuid4()}", *types)["id"]
    return made


@pytest.fixture
def event(either: Terminal, source: str) -> dict[str, str]:
    """An event of this test's own: its id, and whose it became."""
    event_id = f"event-{uuid4()}"
    answer = either.reads("track", "purchase", "price=34.43", "--source", source, "--id", event_id)
    return {"id": event_id, "profile": answer["profile"]["id"], "session": answer["session"]["id"]}


def test_a_source_is_made_with_what_is_said_of_it(either: Terminal, source: str) -> None:
    made = either.reads("sources", "show", source)
    assert (made["name"], made["type"], made["trust"]) == ("Shop", ["rest", "redirect"], "public")


def test_a_list_holds_what_was_made(either: Terminal, source: str) -> None:
    assert source in [each["id"] for each in either.reads("sources", "list")]
    assert source in either.types("sources", "list").stdout


@pytest.mark.parametrize("noun", ["sources", "redirects", "keys", "mappings", "types", "contracts", "quarantine"])
def test_a_noun_alone_lists_what_there_is(either: Terminal, source: str, noun: str) -> None:
    assert either.reads(noun) == either.reads(noun, "list")


def test_several_sources_are_told_in_a_line_that_can_be_read(either: Terminal) -> None:
    for name in "abcd":
        either.reads("sources", "add", name)
    ended = either.types("track", "purchase")
    assert (ended.code, ended.stderr.count(", ")) == (2, 3)
    assert "sources list` shows them" in ended.stderr


def test_a_source_is_changed_where_something_is_said(either: Terminal, source: str) -> None:
    changed = either.reads("sources", "set", source, "--no-enabled", "--webhook.no-sticky-session", "--origin", "*")
    assert (changed["enabled"], changed["webhook"]["sticky_session"], changed["name"]) == (False, False, "Shop")


def test_a_field_is_reset_to_its_default(either: Terminal, source: str) -> None:
    either.reads("sources", "set", source, "--channel", "web")
    assert either.reads("sources", "set", source, "--reset", "channel")["channel"] is None


def test_a_source_that_was_removed_is_gone(either: Terminal, source: str) -> None:
    removed = either.types("sources", "remove", source)
    assert (removed.code, removed.stdout) == (0, "")
    shown = either.types("sources", "show", source)
    assert (shown.code, shown.stdout) == (1, "")
    assert "There is no source of this id." in shown.stderr
    assert "sojourn sources list" in shown.stderr


def test_an_id_that_is_taken_is_told_with_what_to_do(either: Terminal, source: str) -> None:
    ended = either.types("sources", "add", "Other", "--id", source)
    assert (ended.code, ended.stdout) == (1, "")
    assert "Choose another id" in ended.stderr


def test_a_field_that_the_api_declines_is_named(either: Terminal, source: str) -> None:
    ended = either.types("sources", "set", source, "--visit-timeout-s", "0")
    assert (ended.code, ended.stdout) == (1, "")
    assert "visit_timeout_s: Expected `int` >= 1." in ended.stderr


def test_a_new_secret_is_the_only_data(either: Terminal, source: str) -> None:
    either.reads("sources", "set", source, "--trust", "server")
    ended = either.types("sources", "secret", source)
    assert ended.code == 0
    assert ended.stdout.startswith("sk_")
    assert len(ended.stdout.split()) == 1


def test_a_server_source_takes_events_with_its_secret_only(either: Terminal, source: str) -> None:
    secret = either.reads("sources", "set", source, "--trust", "server")["secret"]
    event = ("track", "purchase", "--source", source)
    assert either.types(*event, "--secret", secret).code == 0
    refused = either.types(*event)
    assert (refused.code, refused.stdout) == (1, "")
    assert "401" in refused.stderr


def test_a_redirect_is_made_shown_listed_and_removed(either: Terminal, source: str) -> None:
    told = ("--source", source, "--event-type", "scan", "--url", "https://shop.example/")
    made = either.reads("redirects", "add", "Poster", "city=Oslo", *told)
    assert made["properties"] == {"city": "Oslo"}
    assert either.reads("redirects", "show", made["id"]) == made
    assert made in either.reads("redirects", "list")
    assert either.types("redirects", "remove", made["id"]).code == 0
    assert either.types("redirects", "show", made["id"]).code == 1


def test_the_token_of_a_new_key_is_the_only_data(either: Terminal) -> None:
    ended = either.types("keys", "add", "Dashboard", "--scope", "read")
    assert ended.code == 0
    assert ended.stdout.startswith("sjt_")
    assert len(ended.stdout.split()) == 1


def test_a_key_is_listed_without_its_token_until_it_is_removed(either: Terminal) -> None:
    made = either.reads("keys", "add", "Robot", "--scope", "read", "--scope", "configure", "--expires-at", "2099-01-01")
    token = made.pop("token")
    assert (made["scopes"], made["expires_at"]) == (["read", "configure"], "2099-01-01T00:00:00Z")
    listed = either.types("keys", "list", "--json")
    assert made in listed.document
    assert token not in listed.stdout
    assert either.types("keys", "remove", made["id"]).code == 0
    assert made not in either.reads("keys", "list")


def test_a_scope_that_there_is_not_is_told_with_those_that_there_are(either: Terminal) -> None:
    ended = either.types("keys", "add", "x", "--scope", "everything")
    assert (ended.code, ended.stdout) == (1, "")
    assert "read, configure, pass, erase, admin" in ended.stderr


def test_track_prints_the_ids_and_says_how_to_look_at_the_event(either: Terminal, source: str) -> None:
    ended = either.types("track", "purchase", "price=34.43", "--source", source, "--session", "s", "--id", "order-1")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.stdout.splitlines()] == ["event", "profile", "session"]
    assert "trace order-1" in ended.stderr


def test_track_carries_on_with_the_ids_that_were_answered(either: Terminal, source: str, event: dict[str, str]) -> None:
    ids = ("--profile", event["profile"], "--session", event["session"])
    answer = either.reads("track", "page-view", "--source", source, *ids)
    assert (answer["profile"]["id"], answer["session"]["id"]) == (event["profile"], event["session"])


def test_an_event_sent_again_is_a_duplicate_and_no_failure(
    either: Terminal, source: str, event: dict[str, str]
) -> None:
    ended = either.types("track", "purchase", "price=34.43", "--source", source, "--id", event["id"])
    assert ended.code == 0
    assert "duplicate" in ended.stderr


def test_an_event_that_is_not_kept_ends_with_1(either: Terminal, source: str, event: dict[str, str]) -> None:
    ended = either.types("track", "purchase", "price=1", "--source", source, "--id", event["id"])
    assert ended.code == 1
    assert "The event was refused (422)" in ended.stderr


def test_an_event_of_an_unknown_source_ends_with_1(either: Terminal, source: str) -> None:
    ended = either.types("track", "purchase", "--source", "nobody")
    assert (ended.code, ended.stdout) == (1, "")
    assert "Invalid event source" in ended.stderr


def test_a_trace_shows_every_step(either: Terminal, event: dict[str, str]) -> None:
    steps = [step["step"] for step in either.reads("trace", event["id"])["steps"]]
    assert steps == list(STEP_NAMES)
    shown = either.types("trace", event["id"]).stdout
    assert shown.startswith(f"purchase  {event['id']}")
    assert [name for name in STEP_NAMES if name not in shown] == []


def test_a_profile_is_shown_with_its_events(either: Terminal, event: dict[str, str]) -> None:
    told = either.reads("profile", event["profile"], "--events")
    assert told["profile"]["id"] == event["profile"]
    assert event["id"] in [each["id"] for each in told["events"]]
    assert event["id"] in either.types("profile", event["profile"], "--events").stdout


def test_a_profile_is_shown_alone_unless_events_are_asked_for(either: Terminal, event: dict[str, str]) -> None:
    assert either.reads("profile", event["profile"])["id"] == event["profile"]
    assert event["id"] not in either.types("profile", event["profile"]).stdout


@pytest.mark.parametrize("command", ["profile", "trace"])
def test_an_id_that_leads_nowhere_ends_with_1(either: Terminal, source: str, command: str) -> None:
    ended = either.types(command, "nobody/nothing")
    assert (ended.code, ended.stdout) == (1, "")
    assert "of this id" in ended.stderr


def test_plain_sojourn_tells_the_state_and_five_next_steps(either: Terminal, event: dict[str, str]) -> None:
    told = either.reads()["data"]
    assert told["sources"] >= 1
    assert told["events"]["kept"] >= 1
    ended = either.types()
    assert either.folder in ended.stdout
    assert len(ended.stderr.split("\n  ")) - 1 == 5


def test_a_whole_folder_is_verified(either: Terminal, event: dict[str, str]) -> None:
    ended = either.types("verify", "--json")
    assert (ended.code, ended.document) == (0, [])


def test_the_doctor_finds_nothing_bad(either: Terminal, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOJOURN_PORT", "0")
    ended = either.types("doctor", "--json")
    assert ended.code == 0
    assert [look["at"] for look in ended.document] == ["folder", "disk", "sync", "ids", "sqlite", "clock", "server"]
    assert "bad" not in {look["verdict"] for look in ended.document}


def test_what_somebody_wrote_cannot_steer_the_terminal(either: Terminal, source: str) -> None:
    assert "Shop\\u202e" in either.types("sources", "set", source, "--name", "Shop\u202e").stdout


def test_the_options_of_a_source_are_the_fields_of_a_source() -> None:
    assert hints_of(SourceFields) - {"webhook"} == hints_of(Source) - {"id", "name", "webhook"}
    assert hints_of(WebhookFields) == hints_of(WebhookOptions)


@pytest.mark.parametrize(("options", "record"), [(SourceFields, Source), (WebhookFields, WebhookOptions)])
def test_an_option_takes_what_its_field_takes(options: type, record: type) -> None:
    told, kept = get_type_hints(options), get_type_hints(record)
    assert [name for name in told if name != "webhook" and told[name] != kept[name] | None] == []


def hints_of(record: type) -> set[str]:
    hints: dict[str, Any] = get_type_hints(record)
    return set(hints)
