"""Asking judges until all that each of them says is of one version of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Protocol, Self, TypeVar

from inoc_evals.judging.version import CHANGES, went_on_changing


class Said(Protocol):
    """What a judge said of one thing."""

    @property
    def judge(self) -> str:
        """Its name in results."""

    @property
    def about(self) -> Hashable:
        """What it was asked, by which its answer is known again when it is asked once more."""

    @property
    def answered_as(self) -> Collection[str | None]:
        """The versions of the judge that said it, in words."""

    def after(self, earlier: Self) -> Self:
        """The same with what `earlier` took, which is thrown away, added to what this took."""


_Said = TypeVar("_Said", bound=Said)


def by_one_version(asks: Sequence[Callable[[], Sequence[_Said]]]) -> list[Sequence[_Said]]:
    """What judges say, each of `asks` asking one of them for one thing at least. Where another version of a judge
    answers meanwhile, it is asked all that the one before was; what it said already comes from the cache. Raises
    WorkError where it goes on to change, and what `asks` raise."""
    said = [ask() for ask in asks]
    for _ in range(CHANGES):
        changed = _changed(said)
        said = [
            _with_costs(own, ask()) if own[0].judge in changed else own for own, ask in zip(said, asks, strict=True)
        ]
    if changed := _changed(said):
        judge, versions = next(iter(changed.items()))
        raise went_on_changing(judge, versions)
    return said


def _changed(said: Sequence[Sequence[Said]]) -> dict[str, set[str | None]]:
    """The judges that answered as several versions, with these."""
    versions: dict[str, set[str | None]] = {}
    for each in (each for own in said for each in own):
        versions.setdefault(each.judge, set()).update(each.answered_as)
    return {judge: several for judge, several in versions.items() if len(several) > 1}


def _with_costs(before: Sequence[_Said], now: Sequence[_Said]) -> list[_Said]:
    earlier = {each.about: each for each in before}
    return [each.after(earlier[each.about]) if each.about in earlier else each for each in now]
