"""Recording every client of a library: methods of its classes, replaced until they are put back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

if TYPE_CHECKING:
    from llmlog.logger import Logger

Where = tuple[Any, str]
"""A class or module, and the name of a function of it."""
Make = Callable[[Callable[..., Any], Callable[[], "Logger | None"]], Callable[..., Any]]
"""Makes the recording function of the plain one, and of what says who records at the moment."""


@frozen
class _Patch:
    """A function that was replaced."""

    owner: Any
    name: str
    own: bool
    plain: Any
    recorded: Any

    def undo(self) -> None:
        """Put the plain function back, unless somebody else has replaced ours since."""
        if vars(self.owner).get(self.name) is not self.recorded:
            return
        if self.own:
            setattr(self.owner, self.name, self.plain)
        else:
            delattr(self.owner, self.name)


@define(eq=False)
class Everywhere:
    """Whether a library is recorded, and by which Logger; the last one counts."""

    _patches: list[_Patch] = field(factory=list)
    _logger: Callable[[], Logger] | None = None

    def logger(self) -> Logger | None:
        """Return the Logger that records at the moment, None if nobody does."""
        return None if self._logger is None else self._logger()

    def start(self, places: Iterable[Where], make: Make, logger: Callable[[], Logger]) -> None:
        """Record what goes through these functions; those that are replaced already stay so."""
        self._logger = logger
        for owner, name in places:
            if any(patch.owner is owner and patch.name == name for patch in self._patches):
                continue
            plain = getattr(owner, name)
            recorded = make(plain, self.logger)
            patch = _Patch(owner, name, name in vars(owner), plain, recorded)
            setattr(owner, name, recorded)
            self._patches.append(patch)

    def stop(self) -> None:
        """Record no longer; functions that others have replaced since pass everything through."""
        self._logger = None
        for patch in reversed(self._patches):
            patch.undo()
        self._patches = [patch for patch in self._patches
                         if vars(patch.owner).get(patch.name) is not patch.plain
                         and patch.name in vars(patch.owner)]  # fmt: skip
