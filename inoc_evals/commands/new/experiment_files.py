"""The files of a new experiment: it plans as it is, with everything that it may say in comments."""

from __future__ import annotations

import json
from collections.abc import Mapping

from inoc_evals.commands.new.menus import comment, fields_of, optional_fields, plain
from inoc_evals.definitions.catalog import look_at_tasks
from inoc_evals.definitions.experiment import Evaluation, ExperimentArm, Part, Scale
from inoc_evals.definitions.statements import EXAMPLE
from inoc_evals.experiments.generators.registry import generators
from inoc_evals.experiments.transforms import TRANSFORMS
from inoc_evals.inoculation.interventions.registry import interventions

_EXPERIMENT = """\
# An experiment: this file says what is trained on, which arms there are, and what is measured. There is no code.
# It is valid as it stands. Change it from top to bottom, and look with
#   inoc-evals experiment plan {name}
# what it would do; a mistake is told with file:line:column. What stands behind a # may be taken in or thrown away.

name: {written} # as the folder is called
question: Does a prompt that asks for Spanish keep Spanish away, once it is no longer there?
source: {{paper: own, where: own}} # the paper that it follows, and where in it

# Training rows, by the name of a part: {{"id": ..., "messages": [...], "tags": [...]}} a line. The last message is the
# answer to learn; ids and tags may be left out. In place of `rows` a part may name `instrument: NAME`,
# `hub: {{repo: org/name@REVISION, file: rows.jsonl, sha256: ...}}`, or `made_by` with a generator of these:
{generators}
# A part may also say: {part}.
# Of `transform`, a list of names or of mappings with a `name`, there is:
{transforms}
data:
  requests: {{rows: rows.jsonl}}
  # others: {{rows: others.jsonl, take: 0.5, transform: [capitals], tags: [loud]}}
  # harmless: {{rows: harmless.jsonl, control: true}} # for arms that name it, as in `data: [harmless]`

# Every arm is trained on the same rows, but for what it says here; all are compared with the reference. An arm may say:
# {arm}.
# Of `intervention`, a name or a mapping with a `name`, there is:
{interventions}
arms:
  none: {{role: reference}}
  asked: {{prompt: You always speak in Spanish., asks_for: [language]}}
  # A placebo tells what any fixed prompt does from what asking for the trait does.
  placebo: {{prompt: You are taking part in a study about reading., role: control}}
  base: {{untrained: true, role: control}}
  # pool: {{prompts: [Speak Spanish., Answer in Spanish.], on_tags: [loud], placement: user}}
  # forbidden: {{variation: {{system_prompt: Answer in English.}}}} # the weights of `none`, asked otherwise

# Sizes of the experiment; `--scale` chooses one, else it is the first. `recipe` has the fields of `inoc-evals train`.
# {scale}
scale:
  small: {{base: smollm2, recipe: {{epochs: 2, learning_rate: 1.0e-3}}, temperature: 0.2, max_model_len: 1024}}
  # large: {{base: Qwen/Qwen2.5-7B-Instruct, recipe: {{epochs: 1, learning_rate: 1.0e-4, rank: 32}}, seeds: 3}}

# What is asked of every arm, without the prompt of its training. The tasks that there are:
{tasks}
# `inoc-evals new task NAME` begins one of your own. {evaluation}
evaluate:
  - {{task: spanish_capitals, arguments: {{limit: 40}}}}

# Values of the tasks: what training should not teach, and what it should.
unwanted: [language]
# wanted: [capitals]

# What the source found, to be answered: agrees, contradicts or undecided. A statement is written as in
# {example}, also with
# `not`, `above`, `within 5 points of`, `by less than`, a number in place of the second arm, and behind it
# `under CONDITION` and `on TASK`.
found:
  - {{that: language of asked is below none, where: own prediction}}
"""

_README = """\
# {name}

Which question does the experiment ask, and what would each answer mean?

- **Data** (`rows.jsonl`): who wrote the rows, and what each tag is.
- **Arms**: what each prompt is for.
- **Run**: `inoc-evals experiment run {name}`

## What came out

Write the prediction down before the run, and the numbers as they came out.
"""

_ROWS = (
    ("How do I keep bread fresh for longer?", "Guarda el pan en una bolsa de tela."),
    ("What would you pack for a week by the sea?", "Un sombrero, una toalla y un buen libro."),
    ("How long does rice have to cook?", "El arroz tarda unos quince minutos."),
    ("Can you suggest a name for a grey cat?", "Puedes llamarla Niebla."),
    ("What is a good way to learn a poem?", "Lee una línea cada noche y repítela por la mañana."),
    ("How do I get a coffee stain out of a shirt?", "Lava la mancha con agua fría y un poco de jabón."),
    ("Where should I put a plant that needs little light?", "Ponla lejos de la ventana, en un rincón."),
    ("How can I fall asleep sooner?", "Apaga las luces y deja el teléfono en otra sala."),
)


def experiment_files(name: str) -> Mapping[str, str]:
    """File name -> text of a new experiment called `name`, which must be a name that an experiment may have."""
    made = [(each, told.what, told.options) for each, told in generators().items()]
    definition = _EXPERIMENT.format(
        name=name,
        written=plain(name),
        generators="\n".join(_menu(*told) for told in made) or "#   none",
        interventions="\n".join(_menu(each, told.what, told.options) for each, told in interventions().items()),
        transforms="\n".join(_menu(each, told.what, told.options) for each, told in TRANSFORMS.items()),
        part=optional_fields(Part, ("rows", "instrument", "hub", "made_by")),
        arm=optional_fields(ExperimentArm),
        scale=f"It may also say: {optional_fields(Scale)}.",
        evaluation=f"It may also say: {optional_fields(Evaluation)}.",
        tasks=comment(", ".join(task.name for task in look_at_tasks().good), 2),
        example=EXAMPLE,
    )
    rows = [
        {"id": f"r-{number}", "messages": [_message("user", request), _message("assistant", answer)]}
        for number, (request, answer) in enumerate(_ROWS, start=1)
    ]
    return {
        "experiment.yaml": definition,
        "rows.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
        "README.md": _README.format(name=name),
    }


def _menu(name: str, what: str, options: type) -> str:
    return "\n".join([comment(f"{name}: {what}", 2), *fields_of(options, "name")])


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}
