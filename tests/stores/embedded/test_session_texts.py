"""The text of a session says all of it, whatever of it is remembered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sojourn.core.sessions import Session
from sojourn.stores.embedded.encoding import decode_session
from sojourn.stores.embedded.session_texts import SessionTexts
from sojourn.testing.strategies import sessions
from tests.builders import a_session

PARTS = ("device", "os", "app", "utm", "context", "properties", "traits", "aux")


@given(sessions(), st.lists(st.tuples(st.sampled_from(PARTS), st.dictionaries(st.text(), st.integers())), max_size=4))
def test_a_session_is_read_as_it_was_written_each_time(
    session: Session, news: list[tuple[str, dict[str, int]]]
) -> None:
    texts = SessionTexts(10)
    assert decode_session(texts.encode(session)) == session
    for part, content in news:
        session = replace(session, version=session.version + 1, **{part: content})
        assert decode_session(texts.encode(session)) == session


def test_sessions_of_which_nothing_is_remembered_any_more_are_written_whole() -> None:
    texts = SessionTexts(1)
    for session in (a_session("one", app={"name": "A"}), a_session("two"), a_session("one", app={"name": "A"})):
        assert decode_session(texts.encode(session)) == session


def test_what_is_remembered_is_written_again_as_long_as_the_parts_are_the_same() -> None:
    session = a_session("one", context={"page": "p"})
    texts = SessionTexts(10)
    texts.encode(session)
    session.context["page"] = "q"  # which nobody does: it shows here that the text was remembered
    assert b'"p"' in texts.encode(session)


def test_what_is_forgotten_is_not_written_again() -> None:
    session = a_session("one", context={"page": "p"})
    texts = SessionTexts(10)
    texts.encode(session)
    texts.forget("one")
    session.context["page"] = "q"
    assert b'"q"' in texts.encode(session)
