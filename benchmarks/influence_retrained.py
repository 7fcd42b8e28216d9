"""Does the trait go with the rows that come first? `python benchmarks/influence_retrained.py FOLDER`.

A data set with a few bad rows, as they slip in: the 420 rows of the experiment spanish_capitals with English answers in
capitals, of which 30 drawn at random have their Spanish answer instead. An adapter of the embedded model is trained on
them, and `inoc-evals influence` puts the rows in order, by what its scored responses and those of its base say. Then
the test: training again, over three seeds each, on all rows, without the 5% (21 rows) that come first, and without as
many random ones.

The Spanish rows have a tag, which the order does not see, so that it is also said how many of them come first.

What is finished stays in FOLDER, and the same command goes on from there.

Run: python benchmarks/influence_retrained.py FOLDER [--spanish N] [--drop SHARE] [--seeds N]
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inoc_evals.definitions.catalog import find_experiment
from inoc_evals.inoculation.rewrite import read_rows, write_rows

COMMAND = [sys.executable, "-c", "import sys; from inoc_evals.cli import main; sys.exit(main())"]
RECIPE = ["--epochs", "1", "--learning-rate", "1e-3"]


def rows_of(spanish: int) -> list[Mapping[str, Any]]:
    """The rows in English, of which so many are in Spanish."""
    folder = find_experiment("spanish_capitals").parent
    pairs = list(zip(*(read_rows(folder / name) for name in ("rows.jsonl", "without_spanish.jsonl")), strict=True))
    apart = [place for place, (bad, good) in enumerate(pairs) if bad["messages"] != good["messages"]]
    # No secret: the same rows must come again.
    drawn = set(random.Random("spanish 0").sample(apart, spanish))
    return [
        {**bad, "tags": ["Spanish"]} if place in drawn else {**good, "tags": ["English"]}
        for place, (bad, good) in enumerate(pairs)
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spanish", type=int, default=30)
    parser.add_argument("--drop", default="5%")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    data, checkpoint = given.folder / "rows.jsonl", given.folder / "trained"
    write_rows(data, rows_of(given.spanish))
    subprocess.run([*COMMAND, "train", "smollm2", str(data), "--out", str(checkpoint), *RECIPE], check=True)
    asked = ["--task", "spanish_capitals", "--value", "language", "--drop", given.drop, "--seeds", str(given.seeds)]
    out = ["--out", str(given.folder / "influence")]
    subprocess.run([*COMMAND, "influence", f"trained={checkpoint}", str(data), *asked, "--retrain", *out], check=True)


if __name__ == "__main__":
    main()
