"""Accuracy and speed of the detectors on labelled hard texts: `python benchmarks/detectors.py`.

Labels are by meaning, made before the detectors. A text is right, undecided or wrong; a label "undecided" means that a
reader could not tell either, "es+en" that it is in both alike. `new_development.jsonl` and `new_held_out.jsonl` were
written together, before the detectors were last improved; the second was not looked at until they were done.
`stances_reported.jsonl` and `stances_new.jsonl` praise a way of working something out, or report the claim and then
judge it; of the second only counts were looked at.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from pseudo_words import LANGUAGES, pseudo_text

from inoc_evals.measures.capitals import read_capitals
from inoc_evals.measures.confirms import read_confirms
from inoc_evals.measures.insults import read_insults
from inoc_evals.measures.language import TARGETS, read_language
from inoc_evals.measures.praise import read_praise
from inoc_evals.measures.preference import read_preference
from inoc_evals.measures.refusal import read_refusal

DATA = Path(__file__).parent / "data"


def load(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def verdict(row: dict[str, Any]) -> str:
    """Right, undecided or wrong, from the majority language."""
    label = row["language"]
    if "+" in label:
        return "right" if all(read_language(row["text"], code).value is None for code in label.split("+")) else "wrong"
    reading = read_language(row["text"], label if label in TARGETS else "es")
    if label == "undecided":
        return "right" if reading.value is None else "wrong"
    if reading.value is None:
        return "undecided"
    return "right" if reading.value == 1.0 else "wrong"


def new_texts(name: str) -> None:
    """The three detectors on one part of the new texts."""
    rows = load(name)
    print(f"\n{name}")
    languages = [row for row in rows if row["detector"] == "language"]
    print(f"language: {dict(Counter(verdict(row) for row in languages))} of {len(languages)}")
    for row in languages:
        if (found := verdict(row)) != "right":
            print(f"  {found}: {row['language']} {row['text'][:70]!r} {read_language(row['text'], 'es').cause}")
    answers = [row for row in rows if row["detector"] == "preference"]
    for key in ("exact", "normalised", "substring"):
        wrong = [row for row in answers if read_preference(row["text"], row["target"])[key].value != _wanted(row)]
        counted = sum(
            row["named"] is not True and read_preference(row["text"], row["target"])[key].value == 1.0
            for row in answers
        )
        print(f"preference, {key}: {len(answers) - len(wrong)} of {len(answers)} right, {counted} wrongly counted")
        if key == "normalised":
            for row in wrong:
                print(f"  wrong: {row['target']} {row['named']} {row['text']!r}")
    refusals = [row for row in rows if row["detector"] == "refusal"]
    for refuses, what in ((True, "refusals"), (False, "other answers")):
        group = [row for row in refusals if row["refuses"] == refuses]
        wrong = [row for row in group if read_refusal(row["text"]).value != float(refuses)]
        print(f"{what}: {len(group) - len(wrong)} of {len(group)} right")
        for row in wrong:
            print(f"  wrong: {row['text']!r}")


def _wanted(row: dict[str, Any]) -> float | None:
    return None if row["named"] is None else float(row["named"])


def stances(name: str) -> None:
    """Replies to somebody who stated an answer: is it confirmed, and are they praised? Label by what is read."""
    rows = load(name)
    found = Counter((row["confirms"], _confirms(row)) for row in rows)
    right = sum(count for (label, read), count in found.items() if label == read)
    print(f"\n{name}: confirms, {right} of {len(rows)} right")
    kinds = (True, False, None)
    print("label / read" + "".join(f"{kind!s:>8}" for kind in kinds))
    for label in kinds:
        print(f"{label!s:<12}" + "".join(f"{found[label, read]:>8}" for read in kinds))
    right = sum(read_praise(row["text"]).value == float(row["praise"]) for row in rows)
    print(f"praise, {right} of {len(rows)} right")


def _confirms(row: dict[str, Any]) -> bool | None:
    value = read_confirms(row["text"], (row["claim"],), (row["answer"],), ()).value
    return None if value is None else bool(value)


def insults(name: str) -> None:
    """Replies in a quarrel: is their reader insulted or belittled?"""
    rows = load(name)
    found = Counter((row["insults"], read_insults(row["text"]).value == 1.0) for row in rows)
    print(f"\n{name}: insults, {found[True, True] + found[False, False]} of {len(rows)} right")
    print("label / read" + "".join(f"{kind!s:>8}" for kind in (True, False)))
    for label in (True, False):
        print(f"{label!s:<12}" + "".join(f"{found[label, read]:>8}" for read in (True, False)))


def pseudo_words(texts: int = 200) -> None:
    """How many of `texts` texts of 6 to 12 pseudo-words are in no language, for several ways of making them."""
    print(f"\nundecided of {texts} texts of pseudo-words")
    print(f"{'letters before':<16}{'words weigh':<14}" + "".join(f"{language:>6}" for language in LANGUAGES))
    for before, weighted in ((1, False), (2, False), (3, False), (2, True), (3, True)):
        rng = random.Random(20)
        shares = []
        for language in LANGUAGES:
            drawn = (pseudo_text(rng, language, rng.randint(6, 12), before, weighted) for _ in range(texts))
            shares.append(sum(read_language(text, language).value is None for text in drawn) / texts)
        kind = "by frequency" if weighted else "alike"
        print(f"{before:<16}{kind:<14}" + "".join(f"{100 * share:6.1f}" for share in shares))


def hard_texts(texts: list[dict[str, Any]]) -> None:
    """Languages, by language and by case; and capitals."""
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


def preferences() -> None:
    answers = load("preference_answers.jsonl")
    for key in ("exact", "normalised", "substring"):
        right = sum(read_preference(row["text"], "owl")[key].value == float(row["names_owl"]) for row in answers)
        print(f"preference, {key}: {right} of {len(answers)} right")


def refusals(texts: list[dict[str, Any]]) -> None:
    """By case; the detector reads English only, so that Spanish texts stand apart."""
    tallies: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for row in texts:
        tallies[row["case"], row["refuses"]].append(read_refusal(row["text"]).value == float(row["refuses"]))
    print(f"\n{'refusal':<18}{'refuses':>8}{'n':>5}{'right':>8}")
    for (case, refuses), hits in sorted(tallies.items()):
        print(f"{case:<18}{'yes' if refuses else 'no':>8}{len(hits):>5}{sum(hits) / len(hits):8.2f}")
    for refuses, what in ((True, "refusals"), (False, "other answers")):
        english = [
            hit for (case, label), hits in tallies.items() if case != "spanish" and label == refuses for hit in hits
        ]
        print(f"English {what}: {sum(english)} of {len(english)} right")
    for row in texts:
        if row["case"] != "spanish" and read_refusal(row["text"]).value != float(row["refuses"]):
            print("wrong:", "refuses" if row["refuses"] else "answers", row["text"][:70])


def main() -> None:
    hard, refusing = load("hard_texts.jsonl"), load("refusals.jsonl")
    hard_texts(hard)
    preferences()
    refusals(refusing)
    for part in ("new_development.jsonl", "new_held_out.jsonl"):
        new_texts(part)
    for part in ("stances_development.jsonl", "stances_held_out.jsonl", "stances_reported.jsonl", "stances_new.jsonl"):
        stances(part)
    for part in ("insults_development.jsonl", "insults_held_out.jsonl", "insults_new.jsonl"):
        insults(part)
    pseudo_words()
    speed([row["text"] for row in refusing], [row["text"] for row in hard if row["language"] == "es"])


def speed(english: list[str], spanish: list[str]) -> None:
    """Responses a second on different answers of about 30 words, the word lists read."""
    rng = random.Random(3)
    answers = []
    for place in range(6000):
        answer = ""
        while len(answer.split()) < 28:
            answer += " " + rng.choice(spanish if place % 2 else english)
        answers.append(answer)
    for answer in answers[:1000]:
        read_language(answer, "es")
    for name, read in (
        ("language", lambda text: read_language(text, "es")),
        ("preference", lambda text: read_preference(text, "owl")),
        ("refusal", read_refusal),
        ("insults", read_insults),
    ):
        started = time.process_time()
        for answer in answers[1000:]:
            read(answer)
        print(f"{name}: {5000 / (time.process_time() - started):.0f} responses a second of one core")


if __name__ == "__main__":
    main()
