"""Responses to read, few enough for one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inoc_evals.report.embedded import Embedded, embedded
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.findings import Findings
from inoc_evals.results.layout import TaskValues
from inoc_evals.results.methods import span_of
from inoc_evals.results.row import ResponseRow

YES, NO, COUNTED, EXCLUDED = "yes", "no", "counted", "excluded"
RULE = (
    "A cell is one arm, task, condition (or category), question and outcome: the first headline value of the task is "
    "yes (half of its scale or more), no, or excluded. Of a cell with more than {limit} responses, {limit} are shown at "
    "even steps through its order by checkpoint, item and number. Rare outcomes are therefore shown more often than "
    "they happen: numbers of examples are no rates."
)


@dataclass(frozen=True)
class Examples:
    """`chosen` out of `total` rows, at most `limit` per cell; with `steps` some arms stand for their last step."""

    chosen: tuple[ResponseRow, ...]
    total: int
    limit: int
    tasks: Mapping[str, TaskValues]
    steps: bool = False

    @property
    def rule(self) -> str:
        """How the examples were chosen."""
        if len(self.chosen) == self.total:
            return "Every response is shown."
        rule = RULE.format(limit=self.limit)
        return (
            f"{rule} Of arms with several steps of training, those of the last step are here." if self.steps else rule
        )

    @property
    def embedded(self) -> Embedded:
        """The examples as the page's script reads them."""
        there = dict.fromkeys(row.task for row in self.chosen)
        return embedded(self.chosen, {task: _told(self.tasks[task]) for task in there})


def compute(material: Material) -> Examples:
    """At most as many rows per cell as the material says, by `RULE`; cells in the order of arms, then of parts, then by
    name."""
    found, rows = material.findings, material.source.rows
    chosen: list[ResponseRow] = []
    for _, places in sorted(_by_cell(found).items()):
        # Only the rows of one cell are looked at together, so that there is no second list of all.
        cell = sorted((rows[place] for place in places.tolist()), key=_order)
        chosen += [cell[place] for place in even(len(cell), material.examples)]
    return Examples(tuple(chosen), len(rows), material.examples, found.tasks, bool(found.progress))


def even(count: int, limit: int) -> list[int]:
    """At most `limit` places in 0..count-1, in the middle of as many steps of equal length."""
    taken = min(count, limit)
    return [(2 * place + 1) * count // (2 * taken) for place in range(taken)]


def _by_cell(found: Findings) -> dict[tuple[int, int, str, str], np.ndarray]:
    """The numbers of the rows of each arm and part, both by number, question and outcome."""
    cells: dict[tuple[int, int, str, str], np.ndarray] = {}
    names = found.columns.questions.names
    for number, ((task, _), by_arm) in enumerate(found.columns.places.items()):
        for arm, places in by_arm.items():
            questions = found.columns.questions.codes[places]
            outcomes, outcome_names = _outcomes(found, task, places)
            codes = questions.astype(np.int64) * len(outcome_names) + outcomes
            order = np.argsort(codes, kind="stable")
            starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
            for code, within in zip(codes[order][starts].tolist(), np.split(places[order], starts[1:]), strict=True):
                question, outcome = divmod(code, len(outcome_names))
                cells[found.arms.index(arm), number, names[question], outcome_names[outcome]] = within
    return cells


def _outcomes(found: Findings, task: str, places: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The outcome of each row by number, and the outcomes' names."""
    values = found.tasks[task]
    names = (EXCLUDED, NO, YES)
    if not values.headline:
        return np.zeros(len(places), dtype=np.int64), names
    key = values.headline[0]
    numbers, span = found.columns.values[key].numbers[places], span_of(values.scales[key])
    if span is None:
        return (~np.isnan(numbers)).astype(np.int64), (EXCLUDED, COUNTED)
    shares = (numbers - span[0]) / (span[1] - span[0])
    return np.where(np.isnan(numbers), 0, np.where(shares >= 0.5, 2, 1)), names


def _order(row: ResponseRow) -> tuple[Any, ...]:
    return row.arm, row.checkpoint, row.item, row.epoch, row.choice


def _told(values: TaskValues) -> dict[str, Any]:
    """Which of a task's values are a yes or no, and what its values are called."""
    return {
        "rates": [key for key in values.keys if key not in values.numbers],
        "called": {key: scale.name or key.replace("_", " ") for key, scale in values.scales.items()},
    }


SECTION = Section(
    name="responses",
    title="Responses",
    order=80,
    compute=compute,
    template="""<p class="soft">{{ shown.chosen | length }} of {{ shown.total }} responses are on this page. {{ shown.rule }} All
responses are in responses.csv and responses.parquet beside this page.</p>
<noscript><p>Responses are shown by a script, which this browser does not run.</p></noscript>
<div class="filters">
<label for="arm">Arm<select id="arm"></select></label>
<label for="checkpoint">Checkpoint<select id="checkpoint"></select></label>
<label for="task">Task<select id="task"></select></label>
<label for="part">Condition or category<select id="part"></select></label>
<label for="question">Question<select id="question"></select></label>
<label for="outcome">Outcome<select id="outcome"></select></label>
<label for="search">Text in response, reasoning or prompt<input id="search" type="search" autocomplete="off"></label>
</div>
<div class="pages">
<button type="button" id="clear">Clear filters</button>
<button type="button" id="previous">Previous</button>
<button type="button" id="next">Next</button>
<span id="count" role="status"></span>
</div>
<p id="lost" role="alert"></p>
<div id="examples"></div>
{% set embedded = shown.embedded %}
<script type="application/json" id="data">{{ embedded.index | script_json }}</script>
<script type="application/json" id="prompts">{{ embedded.prompts | script_json }}</script>
{% for block in embedded.texts %}
<script type="application/json" class="texts">{{ block | script_json }}</script>
{% endfor %}
""",
)
