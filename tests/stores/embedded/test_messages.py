"""What a server and its materialiser say to each other arrives as it was said, however the pipe cuts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.stores.embedded.messages import (
    Failure,
    Message,
    Progress,
    Trouble,
    decode_message,
    encode_message,
    encode_position,
    latest_position,
)


@pytest.mark.parametrize("message", [Progress(7, 3), Trouble("The disk is full.\nVery."), Failure("A record is lost.")])
def test_a_message_is_one_line_that_says_it(message: Message) -> None:
    line = encode_message(message)
    assert line.count(b"\n") == 1
    assert decode_message(line) == message


@given(st.lists(st.integers(1, 2**62), min_size=1), st.data())
def test_the_last_whole_position_counts_wherever_the_pipe_cuts(positions: list[int], data: st.DataObject) -> None:
    said = b"".join(encode_position(position) for position in positions)
    cut = data.draw(st.integers(0, len(said)))
    latest, rest = latest_position(said[:cut])
    assert latest == ([0, *positions])[said[:cut].count(b"\n")]
    after, left = latest_position(rest + said[cut:])
    assert (after or latest, left) == (positions[-1], b"")
