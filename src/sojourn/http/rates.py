"""How often a client may come: one number per key, the longest unseen keys forgotten first.

Each key keeps the moment until which it has used up its allowance (the generic cell rate algorithm): constant memory
and time per key, and no clean-up of windows.
"""

from __future__ import annotations

from collections import OrderedDict


class RateLimiter:
    """Lets each key do `per_s` things a second, and run ahead of that by `burst` things."""

    def __init__(self, *, per_s: float, burst: int, keys_max: int) -> None:
        """A rate of 0 sets no limit."""
        self._cost_s = 1 / per_s if per_s else 0.0
        self._ahead_s = burst * self._cost_s
        self._keys_max = keys_max
        self._used_until: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, key: str, now: float, count: int = 1) -> float:
        """Seconds until `count` more things would be allowed; 0 if they are now. Uses nothing up."""
        if not self._cost_s:
            return 0.0
        ahead_s = max(self._used_until.get(key, now) - now, 0.0)
        # Who is not ahead at all may do any number at once: one beyond the burst could else never be done.
        return max(ahead_s - max(self._ahead_s - count * self._cost_s, 0.0), 0.0)

    def use(self, key: str, now: float, count: int = 1) -> None:
        """Use up the allowance of `count` things."""
        if not self._cost_s:
            return
        used_until = max(self._used_until.pop(key, now), now)
        self._used_until[key] = used_until + count * self._cost_s
        if len(self._used_until) > self._keys_max:
            self._used_until.popitem(last=False)
