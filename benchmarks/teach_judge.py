"""The road from labels to a taught judge on the embedded model, with figures that are as low as they are.

No people are asked: the labels are the middles of the ranges, or the words, of a rubric's own gold examples, and the
rater is called so. Each example is a question of its own. What this shows is that the road works, not what a judge of a
useful size would learn: SmolLM2 has 135 million parameters. Run: python benchmarks/teach_judge.py OUT
"""

from __future__ import annotations

import argparse
import hashlib
import time
from pathlib import Path

from inoc_evals.commands.judge_teach import Wanted, read_share, teach
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.definitions.rubric import Gold
from inoc_evals.judging.prompt import from_rubric
from inoc_evals.labelling.folder import holds_draw, read_labels, write_draw
from inoc_evals.results.label import Drawn, Label, Labels, Position

RATER = "gold-of-the-rubric-no-person"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rubric", default="toxicity")
    parser.add_argument("--base", default="smollm2")
    parser.add_argument("--epochs", type=float, default=6)
    parser.add_argument("--keep-aside", default="40%")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    folder = given.out / "labels"
    if not holds_draw(folder):
        write_draw(folder, gold_labels(given.rubric))
    started = time.monotonic()
    options = {"epochs": given.epochs, "seed": given.seed}
    teach(read_labels(folder), Wanted(given.base, given.out / "judge", read_share(given.keep_aside), options))
    print(f"{time.monotonic() - started:.0f} s in all")
    print((given.out / "judge" / "judge.md").read_text(encoding="utf-8"))


def gold_labels(name: str) -> Labels:
    """The gold of a rubric as labels of one rater."""
    _, rubric = find_rubric(name)
    values = {special.answer: special.counts_as for special in (*rubric.categories, *rubric.special)}
    drawn, labels = [], []
    for gold in rubric.gold:
        response = hashlib.sha256(f"{gold.question}\0{gold.answer}".encode()).hexdigest()[:16]
        answer = (gold.answer, gold.question, gold.system)
        place = Position(response, "", 1, 0)
        drawn.append(Drawn(response, None, *answer, "gold", "gold", "gold", response, place, "gold", 1.0))
        labels.append(Label(response, RATER, _value(gold, values), gold.word))
    identity = from_rubric(rubric).identity
    return Labels(name, rubric.version, identity, name, "none", 0, (), tuple(drawn), tuple(labels))


def _value(gold: Gold, values: dict[str, float | None]) -> float | None:
    if gold.low is None or gold.high is None:
        return values.get(gold.word or "")
    return round((gold.low + gold.high) / 2)


if __name__ == "__main__":
    main()
