"""Labels in memory, as people would have given them."""

from __future__ import annotations

from collections.abc import Sequence

from inoc_evals.definitions.rubric import Rubric
from inoc_evals.judging.prompt import from_rubric
from inoc_evals.results.label import Drawn, Label, Labels, Position


def rubric(name: str = "marks", **changes: object) -> Rubric:
    """A short rubric of the kind `rating`, or what the changes make of it."""
    fields = {
        "name": name,
        "version": "1-A",
        "description": "How good is it?",
        "source": "own",
        "sees": "question_and_answer",
        "answer": "rating",
        "instructions": "Rate how good it is.",
        **changes,
    }
    return Rubric.model_validate(fields)


def drawn(number: int, question: str | None, cluster: str = "", task: str = "t", answer: str = "") -> Drawn:
    """Response `number`, of the cluster that its question is called after, unless another one is named."""
    name = f"{number:016x}"
    text = answer or f"Answer {number}. [[{number}]]"
    asked = cluster or str(question)
    place = Position(asked, "", number, 0)
    return Drawn(name, None, text, question, None, "arm", "base", task, asked, place, "all", 1.0)


def labels(
    responses: Sequence[Drawn], values: Sequence[float | None], of: Rubric, word: str = "REFUSAL", rater: str = "ann"
) -> Labels:
    """One label for each response; None is the `word` that sets it apart."""
    given = [
        Label(each.response, rater, value, None if value is not None else word)
        for each, value in zip(responses, values, strict=True)
    ]
    identity = from_rubric(of).identity
    return Labels(of.name, of.version, identity, of.name, "judge", 0, (), tuple(responses), tuple(given))
