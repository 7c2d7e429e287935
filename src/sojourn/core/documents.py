"""Documents as rules and conditions see them: plain JSON, each under the root that names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

Document = dict[str, object]
Condition = Callable[[Mapping[str, Document], datetime], bool]
"""Whether a rule is meant, given the documents by the roots that name them, and the moment at which the event happened.

That moment is what a condition calls now: whoever asks again later, of the same documents, gets the same answer.
"""

encode_document = msgspec.json.Encoder().encode
"""A record as the JSON that stores keep of it."""
