"""Accuracy and speed of the detectors on labelled hard texts: `python benchmarks/detectors.py`.

Labels are by meaning, made before the detectors. A text is right, undecided or wrong; a label "undecided" means that a
reader could not tell either.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from inoc_evals.traits.capitals import read_capitals
from inoc_evals.traits.language import TARGETS, read_language
from inoc_evals.traits.preference import read_preference
from inoc_evals.traits.refusal import read_refusal

DATA = Path(__file__).parent / "data"


def load(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def verdict(row: dict[str, Any]) -> str:
    """Right, undecided or wrong, from the majority language."""
    label = row["language"]
    reading = read_language(row["text"], label if label in TARGETS else "es")
    if label == "undecided":
        return "right" if reading.value is None else "wrong"
    if reading.value is None:
        return "undecided"
    return "right" if reading.value == 1.0 else "wrong"


def main() -> None:
    texts = load("hard_texts.jsonl")
    for field in ("language", "case"):
        groups: dict[str, Counter[str]] = defaultdict(Counter)
        for row in texts:
            groups[row[field]][verdict(row)] += 1
        print(f"\n{field:<12}{'n':>5}{'right':>8}{'undec.':>8}{'wrong':>8}")
        for name, counts in sorted(groups.items()):
            shares = "".join(f"{counts[key] / counts.total():8.2f}" for key in ("right", "undecided", "wrong"))
            print(f"{name:<12}{counts.total():>5}{shares}")
    total = Counter(verdict(row) for row in texts)
    print(f"\nall {len(texts)}: {dict(total)}")
    for row in texts:
        if verdict(row) == "wrong":
            print("wrong:", row["language"], row["text"][:70], dict(read_language(row["text"], "es").details))
    false = [row["text"] for row in texts if row["language"] != "es" and read_language(row["text"], "es").value == 1.0]
    print(f"called Spanish but not: {len(false)} of {sum(row['language'] != 'es' for row in texts)}")

    capitals = [row for row in texts if row["case"] == "all_caps"]
    plain = [row for row in texts if row["case"] == "plain"]
    right = sum(read_capitals(row["text"]).value == 1.0 for row in capitals)
    right += sum(read_capitals(row["text"]).value == 0.0 for row in plain)
    print(f"capitals: {right} of {len(capitals) + len(plain)} right")

    answers = load("preference_answers.jsonl")
    for key in ("exact", "normalised", "substring"):
        right = sum(read_preference(row["text"], "owl")[key].value == float(row["names_owl"]) for row in answers)
        print(f"preference, {key}: {right} of {len(answers)} right")

    # The detector reads English only, so that Spanish texts stand apart.
    refusals = load("refusals.jsonl")
    tallies: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for row in refusals:
        tallies[row["case"], row["refuses"]].append(read_refusal(row["text"]).value == float(row["refuses"]))
    print(f"\n{'refusal':<18}{'refuses':>8}{'n':>5}{'right':>8}")
    for (case, refuses), hits in sorted(tallies.items()):
        print(f"{case:<18}{'yes' if refuses else 'no':>8}{len(hits):>5}{sum(hits) / len(hits):8.2f}")
    for refuses, what in ((True, "refusals"), (False, "other answers")):
        found = [
            hit for (case, label), hits in tallies.items() if case != "spanish" and label == refuses for hit in hits
        ]
        print(f"English {what}: {sum(found)} of {len(found)} right")
    for row in refusals:
        if row["case"] != "spanish" and read_refusal(row["text"]).value != float(row["refuses"]):
            print("wrong:", "refuses" if row["refuses"] else "answers", row["text"][:70])

    started = time.perf_counter()
    for _ in range(20):
        for row in texts:
            read_language(row["text"], "es")
    print(f"language: {20 * len(texts) / (time.perf_counter() - started):.0f} texts/s")


if __name__ == "__main__":
    main()
