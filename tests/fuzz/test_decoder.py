"""The decoder takes or refuses whatever bytes it is given; `make fuzz` tries many more."""

from __future__ import annotations

from collections import Counter

import pytest

from sojourn.core.limits import PUBLIC, Limits
from sojourn.http.refusals import Refusal
from sojourn.http.wire import decode_track
from tests.fuzz.decoder import CORPUS, bodies, findings

REFUSED = {"beyond-numbers", "lone-surrogate"}


def test_some_thousand_bodies_are_taken_or_refused() -> None:
    ends = Counter[str]()
    assert list(findings(1, 5_000, ends)) == []
    assert min(ends["taken"], ends["422"]) > 100, "chance must make bodies of both kinds"


def test_the_same_seed_makes_the_same_bodies() -> None:
    assert list(bodies(7, 50)) == list(bodies(7, 50))


@pytest.mark.parametrize("name", sorted(path.stem for path in CORPUS.iterdir()))
def test_every_body_of_the_corpus_has_its_end(name: str) -> None:
    body = (CORPUS / f"{name}.json").read_bytes()
    if name in REFUSED:
        with pytest.raises(Refusal):
            decode_track(body, Limits(), PUBLIC)
    else:
        assert decode_track(body, Limits(), PUBLIC).source_id in ("S", "T")
