"""How a command ends when it cannot do what it was asked: one sentence, and what to do next.

CommandFailed       the world did not allow it: exit code 1
└── UsageFailed     it was not asked for in a way that makes sense: exit code 2
"""

from __future__ import annotations


class CommandFailed(Exception):
    """The command could not do it."""

    exit_code = 1

    def __init__(self, text: str, next_step: str = "") -> None:
        """Say why in a sentence, and what helps in another."""
        super().__init__(text)
        self.text = text
        self.next_step = next_step


class UsageFailed(CommandFailed):
    """What was typed or set cannot be meant."""

    exit_code = 2
