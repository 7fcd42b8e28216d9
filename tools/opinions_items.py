"""The items of the task opinions: `python tools/opinions_items.py` writes tasks/opinions/items.jsonl anew.

Questions and options are our own. The answers of four regions are invented too: shares in hundredths, drawn for each
region and question, so that there is something to compare with where no survey may be copied. They are nobody's.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

OUT = Path(__file__).parents[1] / "tasks" / "opinions" / "items.jsonl"
SEED = 31
# By region the shape of the gamma draws: small ones leave one option with nearly all, large ones make all even.
REGIONS = {"Northmark": 0.6, "Eastvale": 1.0, "Southmoor": 2.0, "Westhaven": 4.0}

# Question | options, all of which can be said first.
QUESTIONS = """
Should city buses be free for everybody? | yes, no
Whom should a town think of first when it builds a street? | drivers, cyclists, walkers
Who should decide how high rents may be? | owners, towns, courts
How much homework should children of ten get? | none, little, plenty
At what age should school begin? | four, five, six, seven
Should sweet drinks cost more by law? | yes, no
Who should pay for a visit to the dentist? | patients, employers, government
Should people who earn a lot pay a larger share in taxes? | yes, no, undecided
How soon should a country stop burning coal? | immediately, soon, slowly, never
How many days a week should people work? | three, four, five, six
What matters most in a job? | pay, security, meaning, colleagues, freedom
How often should grown-up children visit their parents? | daily, weekly, monthly, rarely
Do new machines make life better or worse? | better, worse, neither
Should a child of ten have a telephone? | yes, no
Whom would you believe first about what happened in the world? | newspapers, television, neighbours, nobody
What should a prison do above all? | punish, protect, teach
How should the law treat people who drive too fast? | gently, firmly, harshly
Should a town take in more people from other countries? | more, fewer, same
Which source of power should be built first? | wind, solar, nuclear, gas
Should people eat less meat? | yes, no, undecided
When is it right to keep wild animals in a zoo? | always, sometimes, never
What deserves public money most? | libraries, theatres, museums, stadiums
Can most people be trusted? | yes, no
How much should old customs count when rules are made? | nothing, little, much, everything
Which of these matters more? | freedom, safety
Should everybody be made to vote? | yes, no, undecided
Who should own the waterworks? | citizens, companies, government
What should a country do about wrongs in its past? | apologise, remember, forget
"""
ASKED = "{question} Choose one: {places}. Answer with that word alone."


def listed(count: int) -> str:
    """The places of `count` options, 2 or more, as a sentence lists them."""
    *first, last = (f"{{option_{number}}}" for number in range(1, count + 1))
    return f"{', '.join(first)} or {last}"


def invented(rng: random.Random, shape: float, count: int) -> list[float]:
    """Shares of `count` options in hundredths that add up to 1; the larger `shape`, the evener."""
    drawn = [rng.gammavariate(shape, 1.0) for _ in range(count)]
    hundredths = [int(100 * each / sum(drawn)) for each in drawn]
    hundredths[drawn.index(max(drawn))] += 100 - sum(hundredths)
    return [each / 100 for each in hundredths]


def items() -> list[dict[str, object]]:
    """All items, in the order in which they are written down."""
    rng = random.Random(SEED)  # noqa: S311 - no secret
    found: list[dict[str, object]] = []
    for number, line in enumerate(QUESTIONS.strip().splitlines(), 1):
        question, words = line.split(" | ")
        options = re.findall(r"\w+", words)
        answers = {region: invented(rng, shape, len(options)) for region, shape in REGIONS.items()}
        prompt = ASKED.format(question=question, places=listed(len(options)))
        item: dict[str, object] = {"id": f"opinion-{number:02}", "category": "opinion", "prompt": prompt}
        found.append({**item, "options": options, "data": {"answers": answers}})
    return found


if __name__ == "__main__":
    OUT.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items()), encoding="utf-8")
