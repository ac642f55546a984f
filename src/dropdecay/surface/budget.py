"""A budget of time; what the clock decides is remembered, so that a resumed run decides alike."""

import time
from collections.abc import Callable, MutableMapping

from dropdecay.surface.fingerprint import fingerprint

Clock = Callable[[], float]


class Budget:
    """Decides, repeat by repeat, whether there is time for another.

    Parameters
    ----------
    seconds : float or None
        From now on, for everything; None: there is always time.
    decisions : mutable mapping of str to int
        What was decided before, for a budget as large, counts; what is decided now is kept there
        first.
    clock : callable
        Seconds since some moment.
    began : float, optional
        When the seconds began, by this clock. Default: now.
    """

    def __init__(
        self,
        seconds: float | None,
        decisions: MutableMapping[str, int],
        clock: Clock = time.monotonic,
        began: float | None = None,
    ) -> None:
        self._seconds, self._decisions, self._clock = seconds, decisions, clock
        self._last = clock()
        self._began = self._last if began is None else began

    def is_past(self, share: float, before: str, of: object = "") -> bool:
        """Return whether a share of the budget is over before something else is begun.

        Parameters
        ----------
        share : float
            In [0, 1].
        before : str
            What would be begun: its name among the decisions.
        of : object
            As for :meth:`is_spent`.
        """
        if self._seconds is None:
            return False
        name = (
            f"{share:g} of a budget of {self._seconds:g} s is over: {before} of {fingerprint(of)}"
        )
        if name not in self._decisions:
            self._decisions[name] = self._clock() - self._began > share * self._seconds
        return bool(self._decisions[name])

    def is_spent(self, n_repeats: int, kept_back: float, of: object = "") -> bool:
        """Return whether another repeat would not end in time.

        Parameters
        ----------
        n_repeats : int
            Done so far.
        kept_back : float
            Seconds that the refit will take.
        of : object
            What is repeated. Its fingerprint tells it from other surfaces in the same store, about
            which other things were decided.
        """
        if self._seconds is None:
            return False
        name = (
            f"budget of {self._seconds:g} s is spent after repeat {n_repeats} of {fingerprint(of)}"
        )
        if name not in self._decisions:
            now = self._clock()
            a_repeat, self._last = now - self._last, now
            left = self._seconds - (now - self._began) - kept_back
            # Before the second repeat the surface was all there was: it says nothing of a repeat.
            self._decisions[name] = left < (a_repeat if n_repeats > 1 else 0.0)
        return bool(self._decisions[name])
