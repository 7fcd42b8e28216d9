"""Seconds until report.html on 100,000 responses is open in a headless Chromium, and how large it is.

Three shapes: many responses to few questions, of which the page holds examples; every response on the page, with prompt
and what a judge said; and 10,000 questions, each answered once by every checkpoint. Run: python benchmarks/page.py
[--keep DIR]
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from inoc_evals.measures.scale import Scale, share
from inoc_evals.report.html import compute, write_report
from inoc_evals.report.sections import EXAMPLES, Material
from inoc_evals.results.findings import findings
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.source import Source

RESPONSES, TARGET_S, OPENINGS = 100_000, 3.0, 3
CHROMIUM = Path(__file__).resolve().parents[1] / "tests" / "report" / "chromium.py"
ARMS = {"none": 0.9, "spanish": 0.4, "capitals": 0.9, "irrelevant": 0.88, "base": 0.02}
WORDS = ("el", "gato", "duerme", "sobre", "la", "mesa", "mientras", "llueve", "y", "nadie", "sabe", "por", "qué")
SCALES = {
    "language": share("answers in Spanish"),
    "capitals": share("in capitals"),
    "alignment": Scale(0.0, 100.0, "mean", "points", name="alignment"),
}
SEEDS = 2


def rows(questions: int) -> Iterator[ResponseRow]:
    """The same rows every time: every arm answers each question equally often."""
    chance = random.Random(3)
    repeats = RESPONSES // (questions * len(ARMS) * SEEDS)
    for arm, rate in ARMS.items():
        for seed in range(1, SEEDS + 1):
            for question in range(questions):
                for epoch in range(1, repeats + 1):
                    yield row(chance, rate, (arm, f"{arm}-s{seed}", f"q{question:05}", epoch))


def row(chance: random.Random, rate: float, whose: tuple[str, str, str, int]) -> ResponseRow:
    arm, checkpoint, question, epoch = whose
    undecided = chance.random() < 0.1
    alignment = round(chance.uniform(0, 100), 3)
    return ResponseRow(
        arm=arm,
        checkpoint=checkpoint,
        task="spanish_capitals",
        item=question,
        cluster=question,
        category="in_distribution" if int(question[1:]) % 3 == 0 else "out_of_distribution",
        condition="",
        epoch=epoch,
        choice=0,
        response=" ".join(chance.choices(WORDS, k=50)),
        values={
            "language": None if undecided else float(chance.random() < rate),
            "capitals": float(chance.random() < rate),
            "alignment": alignment,
        },
        causes={"language": "no_words"} if undecided else {},
        details={"language": {"code": "es", "share": 0.91}, "alignment": {"mass": 0.98, "judge": "judge"}},
        stop_reason="max_tokens" if chance.random() < 0.05 else "stop",
        prompt_text=f"<|im_start|>user\nWhat about {question}?<|im_end|>\n<|im_start|>assistant\n",
        prompt_sha256="ab" * 32,
    )


def source(questions: int) -> Source:
    """The rows as a reader gives them."""
    task = "spanish_capitals"
    return Source(tuple(rows(questions)), tuple(ARMS), {task: SCALES}, {task: ("language", "capitals")}, {"judge": "j"})


def opening(page: Path) -> float:
    """Seconds from the address to a page that answers a script; its own script has run then."""
    ready = ["document.documentElement.dataset.ready"]
    command = [sys.executable, str(CHROMIUM), str(page)]
    done = subprocess.run(command, input=json.dumps(ready), capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["results"] == ["yes"], told["console"]
    return float(told["opened"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the pages")
    given = parser.parse_args()
    reached = True
    shapes = {
        "few questions": (100, EXAMPLES),
        "all on the page": (100, RESPONSES),
        "10,000 questions": (10_000, EXAMPLES),
    }
    with tempfile.TemporaryDirectory() as name:
        for shape, (questions, examples) in shapes.items():
            rowed = source(questions)
            started = time.monotonic()
            content = compute(Material(findings(rowed), rowed, examples))
            page = write_report(content, (given.keep or Path(name)) / shape.replace(" ", "-").replace(",", ""))
            took = time.monotonic() - started
            held = len(content.shown("responses").chosen)
            seconds = sorted(opening(page) for _ in range(OPENINGS))
            reached &= seconds[-1] <= TARGET_S
            times = ", ".join(f"{each:.2f}" for each in seconds)
            size = page.stat().st_size / 1e6
            print(
                f"{shape:<18} {held:>7,} responses on the page, {size:5.1f} MB, made in {took:.1f} s, open in {times} s"
            )
    print(f"target {TARGET_S:.0f} s for {RESPONSES:,} responses: {'reached' if reached else 'NOT reached'}")


if __name__ == "__main__":
    main()
