"""The words of one condition, read one after the other. A parser holds them, and looks one word ahead."""

from __future__ import annotations

from sojourn.core.conditions.errors import ConditionError, Place, place_at
from sojourn.core.conditions.tokens import Shape, Token, tokens_of


class Words:
    """The words of a text, and how far they have been read."""

    def __init__(self, text: str) -> None:
        """Begin at the first word. Raises ConditionError where the text has something that is no word."""
        self.text = text
        self._tokens = tokens_of(text)
        self._next = 0

    @property
    def ahead(self) -> Token:
        """The word that is read next; the one that marks the end stays for ever."""
        return self._tokens[self._next]

    @property
    def place(self) -> Place:
        """Where the next word stands."""
        return place_at(self.text, self.ahead.offset)

    def is_at(self, *words: str) -> bool:
        """Whether these words come next, in any case."""
        following = self._tokens[self._next : self._next + len(words)]
        return tuple(token.written.lower() for token in following) == words

    def take(self) -> Token:
        """Read the next word, whatever it is."""
        token = self.ahead
        if token.shape is not Shape.END:
            self._next += 1
        return token

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
