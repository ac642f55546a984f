"""How long networks will take that are still to come, from when the others ended."""

SHARE_OF_BURST = 0.05
"""Of the time that it took: what ends within it was trained at the same time."""


class Pace:
    """The rate at which networks end, of which the folds of a point may end at once.

    Parameters
    ----------
    now : float
        When the work began, seconds.
    """

    def __init__(self, now: float) -> None:
        self._began = self._first_at = self._burst_at = now
        self._base: tuple[int, float] | None = None
        self._last = self._before_burst = (0, now)

    def ended(self, done: int, now: float) -> None:
        """Note how many have ended by now."""
        if self._base is None:
            self._base, self._first_at = (done, now), now
        elif done == self._last[0]:
            return
        elif now - self._first_at < SHARE_OF_BURST * (self._first_at - self._began):
            self._base = done, now
        elif now - self._last[1] > SHARE_OF_BURST * (now - self._base[1]):
            self._before_burst, self._burst_at = self._last, now
        self._last = done, now

    def seconds_left(self, total: int, now: float) -> float | None:
        """Return how long the rest will take; None as long as nobody can know.

        The first networks may have waited for the compiler, so that they tell nothing; the others
        do once as much time has passed again. A burst that has just begun does not count yet.
        """
        done, _ = self._last
        if self._base is None or done >= total:
            return None
        first, first_at = self._base
        if now - first_at < self._first_at - self._began:
            return None
        counted, until = done, now
        if now - self._burst_at < SHARE_OF_BURST * (now - first_at):
            counted, until = self._before_burst
        if counted <= first:
            return None
        return (until - first_at) / (counted - first) * (total - done)
