"""Who rates what is there already: judges as a user names them, or a panel that labels chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from inoc_evals.errors import InputError
from inoc_evals.judging import chosen
from inoc_evals.judging.candidates import Wording
from inoc_evals.judging.chosen import ChosenPanel, read_panel, wordings_of
from inoc_evals.judging.connect import Connected, connected, judge_models
from inoc_evals.judging.expected import Expected, expected
from inoc_evals.judging.panel import NOTHING_FOR
from inoc_evals.judging.prices import Prices
from inoc_evals.judging.prompt import Instrument
from inoc_evals.plan.judging import Responses, of_responses
from inoc_evals.plan.preflight import check_judging, judge_faults


@dataclass(frozen=True)
class NamedJudges:
    """Judges that read each rating as it is asked for, named as on the command line."""

    judges: Sequence[str]

    @property
    def names(self) -> list[str]:
        """As they are noted with what they rate."""
        return list(self.judges)

    @property
    def options(self) -> list[str]:
        """How a command names them."""
        return [part for judge in self.judges for part in ("--judge", judge)]

    @contextmanager
    def connected(self) -> Iterator[Connected]:
        """Their models, which are there while the block runs. Raises InputError or WorkError."""
        with judge_models(self.judges) as models:
            yield connected(models)

    def expected(self, work: Sequence[Responses], prices: Prices | None) -> list[Expected]:
        """What each takes for this work."""
        ratings = [of_responses(each.instrument, each.answers, each.shown) for each in work]
        return [expected(judge, ratings, prices) for judge in self.judges]

    def check(self, rubric: str | None, folder: Path | None, files: Sequence[Path]) -> None:
        """Raise InputError with everything that is wrong with them, the rubric and the files."""
        check_judging(self.judges, rubric, folder, files)


@dataclass(frozen=True)
class PanelFile:
    """A panel that labels chose, in the file `path`, with the wordings of its rubric that it reads."""

    path: Path
    panel: ChosenPanel
    wordings: Mapping[Wording, Instrument]

    @property
    def judges(self) -> list[str]:
        """Its judges as they were named on the command line."""
        return self.panel.judges

    @property
    def names(self) -> list[str]:
        """Its members as they are noted with what they rate."""
        return [member.name for member in self.panel.members]

    @property
    def options(self) -> list[str]:
        """How a command names it."""
        return ["--panel", str(self.path)]

    @contextmanager
    def connected(self) -> Iterator[Connected]:
        """Its models, which are there while the block runs. Raises InputError, also where a judge is another one than
        when the panel was chosen, or WorkError."""
        with judge_models(self.judges) as models:
            try:
                there = chosen.connected(self.panel, self.wordings, models)
            except InputError as error:
                raise InputError.at(self.path, str(error)) from None
            yield there

    def expected(self, work: Sequence[Responses], prices: Prices | None) -> list[Expected]:
        """What each member takes for what the panel rates of this work. Raises InputError where that is nothing."""
        own = [each.shown for each in work if each.instrument.identity == self.panel.rubric.identity]
        if not own:
            raise InputError.at(self.path, NOTHING_FOR.format(self.panel.rubric.words()))
        found = []
        for member in self.panel.members:
            drawn = member.draws is not None
            each = [of_responses(self.wordings[member.wording], member.draws or 1, shown) for shown in own]
            ratings = [replace(one, drawn=drawn) for one in each]
            found.append(replace(expected(member.judge, ratings, prices), judge=member.name))
        return found

    def check(self, rubric: str | None, folder: Path | None, files: Sequence[Path]) -> None:
        """Raise InputError with everything that is wrong with its judges, the rubric or the files."""
        if faults := judge_faults(self.judges):
            raise InputError.of([f"{self.path}: {fault}" for fault in faults])
        check_judging([], rubric, folder, files)


Raters = NamedJudges | PanelFile


def raters_of(judges: Sequence[str], path: Path | None, rubrics: Path | None) -> Raters:
    """The `judges`, or the panel in the file `path`. Raises InputError where both are named or nobody is, and, with the
    file, for a panel that is damaged, or whose rubric is not here or asks otherwise."""
    if path is None and not judges:
        raise InputError("nobody is named who rates; add --judge, or --panel with what `judges select --out` wrote")
    if path is None:
        return NamedJudges(judges)
    if judges:
        raise InputError("--judge and --panel both say who rates; leave one of them out")
    panel = read_panel(path)
    try:
        wordings = wordings_of(panel, rubrics)
    except InputError as error:
        raise InputError.at(path, str(error)) from None
    return PanelFile(path, panel, wordings)
