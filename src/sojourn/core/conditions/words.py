"""The words of one condition, read one after the other. A parser holds them, and looks one word ahead."""

from __future__ import annotations

from sojourn.core.conditions.errors import ConditionError, Place, place_at
from sojourn.core.conditions.tokens import Token, tokens_of


class Words:
    """The words of a text, and how far they have been read. No more of the text is looked at than is asked for."""

    def __init__(self, text: str) -> None:
        """Begin at the first word. Each method raises ConditionError where it meets what is no word."""
        self.text = text
        self._tokens = tokens_of(text)
        self._seen: list[Token] = []
        self._next = 0

    @property
    def ahead(self) -> Token:
        """The word that is read next."""
        return self._token(self._next)

    @property
    def place(self) -> Place:
        """Where the next word stands."""
        return place_at(self.text, self.ahead.offset)

    def is_at(self, *words: str) -> bool:
        """Whether these words come next, in any case."""
        return all(self._token(self._next + index).written.lower() == word for index, word in enumerate(words))

    def take(self) -> Token:
        """Read the next word, which the caller knows not to be the end."""
        self._next += 1
        return self._seen[self._next - 1]

    def takes(self, *words: str) -> bool:
        """Read these words if they come next, and tell whether they did."""
        if not self.is_at(*words):
            return False
        self._next += len(words)
        return True

    def expect(self, word: str, msg: str) -> None:
        """Read this word. Raises ConditionError with `msg` when another one comes."""
        if not self.takes(word):
            raise self.fault(msg)

    def fault(self, msg: str, hint: str = "") -> ConditionError:
        """What is to be raised when the next word cannot stand where it does."""
        return ConditionError(self.place, msg, hint)

    def _token(self, index: int) -> Token:
        while index >= len(self._seen):
            self._seen.append(next(self._tokens))
        return self._seen[index]
