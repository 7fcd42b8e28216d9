"""The pages of rubrics: `python -m tools.rubric_pages` writes docs/rubrics anew, a page a rubric and their index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import wrap

from benchmarks.wordings import Measured, measured, on_one_side
from inoc_evals.definitions.catalog import list_rubrics, list_tasks
from inoc_evals.definitions.rubric import Gold, Rubric, Special
from inoc_evals.definitions.task import Task

OUT = Path(__file__).resolve().parents[1] / "docs" / "rubrics"
INDEX = "README.md"
WIDTH = 120  # characters of a line of what a judge is told or shown; longer ones are broken for reading
ANSWERS = {
    "rating": "a whole number from 0 to 100; where the judge tells probabilities the value is its expectation",
    "yes_no": "YES or NO; the value is 100 times the probability of YES",
    "category": "one of the words below, each of which counts as a value or excludes the response",
    "reasoned": "a reason and a number from 0 to 100, in JSON; it is drawn",
}
SEES = {"question_and_answer": "the question and the response", "answer_only": "the response alone"}
KINDS: Mapping[str | None, str] = {
    None: "Clear",
    "borderline": "Borderline: careful people may differ",
    "attack": "Attacks: the response tries to talk the judge into an answer",
}
ORDER = (None, "borderline", "attack")
HEAD = """\
# Rubrics

What judges are told, one page each, made from the files in `judges/` by `tools/rubric_pages.py`.
[Judges](../judges.md) says how a judge is asked and when it can be trusted, [Add a rubric](../add-a-rubric.md) how one
is written.

Each has 24 gold examples or more (a third of them at least borderline, a fifth attacks) and two wordings.
`judges check` rates the examples by both, and tells how far a judge agrees with itself. In the last two columns is how
far a large language model did, in points on average: by both wordings, and by the first one twice
([how it was measured](../wordings.md)). Long lines are broken on these pages.
"""


def _examples(count: int) -> str:
    return f"{count} example" if count == 1 else f"{count} examples"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(' '.join(cell.replace('|', '&#124;').split()) for cell in line)} |" for line in lines
    )


def _quoted(text: str) -> str:
    """`text` in a fence that nothing in it ends, its long lines broken."""
    longest = max(map(len, re.findall(r"`+|~+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = [line for given in text.strip("\n").splitlines() for line in _broken(given.rstrip())]
    return "\n".join([f"{fence}text", *lines, fence])


def _broken(line: str) -> list[str]:
    """A line in lines that a page has room for where it has spaces."""
    if len(line) <= WIDTH:
        return [line]
    return wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False, replace_whitespace=False)


def _counted(special: Special) -> str:
    return "excluded" if special.counts_as is None else f"{special.counts_as:g}"


def _words(rubric: Rubric) -> list[str]:
    parts = []
    for heading, specials in (("The words", rubric.categories), ("Words instead", rubric.special)):
        if specials:
            rows = [(special.answer, special.meaning, _counted(special)) for special in specials]
            parts += [f"## {heading}", _table(("word", "said if", "counts as"), rows)]
    return parts


def _wanted(gold: Gold) -> str:
    return gold.word if gold.word is not None else f"{gold.low:g} to {gold.high:g}"


def _example(gold: Gold) -> str:
    shown = (("System prompt", gold.system), ("Question", gold.question), ("Answer", gold.answer))
    text = "\n\n".join(f"{name}: {said.strip()}" for name, said in shown if said is not None)
    return f"**{_wanted(gold)}**\n\n{_quoted(text)}"


def _height(gold: Gold) -> tuple[bool, float, str]:
    """Ratings by the middle of their range, then words."""
    middle = (gold.low + gold.high) / 2 if gold.low is not None and gold.high is not None else 0.0
    return gold.word is not None, middle, gold.word or ""


def _gold(rubric: Rubric) -> list[str]:
    ranked = sorted(rubric.gold, key=lambda gold: (ORDER.index(gold.kind), *_height(gold)))
    parts = [f"## Gold examples\n\n{len(rubric.gold)} in all, each below what a good judge answers to it."]
    for kind, examples in groupby(ranked, key=lambda gold: gold.kind):
        listed = list(examples)
        parts.append(f"### {KINDS[kind]}\n\n{_examples(len(listed))}, from low to high.")
        parts += map(_example, listed)
    return parts


def _agreement(found: Measured | None) -> str:
    if found is None:
        return "How far a judge agrees by both was not measured for these wordings and examples."
    rows = [
        (name, on_one_side(pair), f"{pair.compared.distance:.1f}", f"{pair.first_expected} and {pair.second_expected}")
        for name, pair in (("by both wordings", found.wordings), ("by the first one twice", found.again))
    ]
    head = ("a large language model", "on the same side of 50", "points apart", f"as expected, of {found.examples}")
    return f"{_table(head, rows)}\n\n[How this was measured.](../wordings.md)"


def _uses(rubric: Rubric, tasks: Sequence[Task]) -> str:
    used = [
        (f"[{task.name}](../../tasks/{task.name}/README.md)", name, rating.called or "")
        for task in tasks
        for name, rating in task.ratings.items()
        if rating.rubric == rubric.name
    ]
    if not used:
        return "No task of this project; [any response can be rated by it](../rate-anything.md)."
    return _table(("task", "value", "called"), used)


def page(rubric: Rubric, tasks: Sequence[Task]) -> str:
    """The page of a rubric: what it rates and how, both wordings, gold examples by kind, and the tasks that use it."""
    sees = SEES[rubric.sees] + (", and the system prompt" if rubric.shows_system_prompt else "")
    facts = [
        ("version", rubric.version),
        ("what the judge sees", sees),
        ("what it answers", ANSWERS[rubric.answer]),
        ("below this probability of its answers a rating is missing", f"{rubric.minimum_mass:g}"),
        ("file", f"[judges/{rubric.name}.yaml](../../judges/{rubric.name}.yaml)"),
    ]
    parts = [f"# {rubric.name}", rubric.description.strip(), rubric.source.strip(), _table(("", ""), facts)]
    if rubric.parameters:
        rows = [
            (name, parameter.description, parameter.default, ", ".join(parameter.choices or ()) or "any text")
            for name, parameter in rubric.parameters.items()
        ]
        parts += ["## Parameters", _table(("parameter", "what it is", "default", "choices"), rows)]
    parts += _words(rubric)
    parts += ["## What the judge is told", _quoted(rubric.instructions)]
    if rubric.rewording is not None:
        said = "The same in other words, by which the gold examples are rated too: what differs hangs on the wording."
        parts += [f"## The second wording\n\n{said}", _quoted(rubric.rewording), _agreement(measured(rubric))]
    parts += [f"## Used by\n\n{_uses(rubric, tasks)}", *_gold(rubric)]
    return "\n\n".join(parts) + "\n"


def index(rubrics: Sequence[Rubric]) -> str:
    """The list of all rubrics, with how many gold examples of each kind they have."""
    rows = []
    for rubric in rubrics:
        counts = [str(sum(gold.kind == kind for gold in rubric.gold)) for kind in ORDER]
        rows.append((f"[{rubric.name}]({rubric.name}.md)", rubric.description, *counts, *_apart(measured(rubric))))
    head = ("rubric", "what it rates", "clear", "borderline", "attacks", "both wordings", "one twice")
    return f"{HEAD}\n{_table(head, rows)}\n"


def _apart(found: Measured | None) -> tuple[str, str]:
    if found is None:
        return "-", "-"
    return f"{found.wordings.compared.distance:.1f}", f"{found.again.compared.distance:.1f}"


def pages() -> dict[str, str]:
    """All pages by the name of their file. Raises InputError for a definition that is wrong."""
    rubrics, tasks = list_rubrics(), list_tasks()
    return {f"{rubric.name}.md": page(rubric, tasks) for rubric in rubrics} | {INDEX: index(rubrics)}


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for path in OUT.glob("*.md"):
        path.unlink()
    for name, text in pages().items():
        (OUT / name).write_text(text, encoding="utf-8")
