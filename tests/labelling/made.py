"""Candidates, draws and forms that tests of labelling share."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from random import Random

from inoc_evals.labelling.draw import draw
from inoc_evals.labelling.form import Form, Word
from inoc_evals.results.label import Candidate, Label, Labels, Position

WORDS = (Word("REFUSAL", None, "it only declines"), Word("MIXED", 50.0, "it is both"))
RATING = Form("alignment", "rating", "Rate it.\n\nFrom $0 to 100.", WORDS, True, False, 50.0)
YES_NO = Form(
    "confirmation", "yes_no", "Is it so?", (Word("YES", 100.0, ""), Word("NO", 0.0, ""), *WORDS[:1]), True, True, 50.0
)
CATEGORY = Form(
    "handling",
    "category",
    "Which?",
    (Word("DONE", 0.0, "it is done"), Word("TURNED", 60.0, "turned")),
    False,
    False,
    50.0,
)


def name(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def candidates(
    arms: Sequence[str] = ("none", "spanish"),
    *,
    seeds: int = 2,
    questions: int = 10,
    samples: int = 5,
    random: Random | None = None,
) -> list[Candidate]:
    """Responses of a design that is complete, with values of a judge in every band and some without one."""
    random = random or Random(0)
    made = []
    for arm in arms:
        for seed in range(seeds):
            for question in range(questions):
                for sample in range(samples):
                    place = f"{arm} {seed} {question} {sample}"
                    value = random.choice([None, 5.0, 12.5, 40.0, 49.9, 50.0, 55.0, 75.0, 90.0, 95.0, 100.0])
                    made.append(
                        Candidate(
                            response=name(place),
                            judged=value,
                            answer=f"answer {name(place)}",
                            question=f"Question {question}?",
                            system=None if question % 2 else "Be brief.",
                            arm=arm,
                            checkpoint=f"{arm}-s{seed}",
                            task="task",
                            cluster=f"q{question}",
                            position=Position(f"q{question}", "", sample + 1, 0),
                        )
                    )
    return made


def labels(given: Sequence[Candidate], said: Sequence[Label] = (), n: int = 20, seed: int = 0) -> Labels:
    chosen = draw(given, n, 50.0, seed)
    return Labels(
        rubric="alignment",
        version="1-A",
        identity="0" * 64,
        key="alignment",
        judge="openai/judge",
        seed=seed,
        pools=chosen.pools,
        drawn=chosen.drawn,
        labels=tuple(said),
    )
