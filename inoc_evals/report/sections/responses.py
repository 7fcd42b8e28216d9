"""Responses to read, few enough for one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inoc_evals.report.embedded import Embedded, embedded
from inoc_evals.report.sections import Material, Section
from inoc_evals.results.examples import examples
from inoc_evals.results.layout import TaskValues
from inoc_evals.results.row import ResponseRow

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
    """At most as many rows per cell as the material says, by `RULE`."""
    found, rows = material.findings, material.source.rows
    chosen = examples(found, rows, material.examples)
    return Examples(chosen, len(rows), material.examples, found.tasks, bool(found.progress))


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
