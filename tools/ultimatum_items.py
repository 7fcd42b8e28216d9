"""The items of the tasks ultimatum, ultimatum_acceptance and ultimatum_policy: `python tools/ultimatum_items.py` writes
their three files items.jsonl anew. All texts stand below; nothing is drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

TASKS = Path(__file__).parents[1] / "tasks"

# What is split. A game about one of the first is the same game about the second.
MONEY = ("dollars", "euros", "pounds", "francs", "rupees", "kroner")
GOODS = ("apples", "blankets", "litres of water", "tickets", "seedlings", "doses of medicine", "bricks", "notebooks")
GOODS += ("kilograms of rice", "hours of computer time")

# The other side accepts or rejects. Every reply has another form: a number, a sentence, both parts, a percentage.
PROPOSALS = (
    "You have {pie} {unit} to split with another player. You make one offer. If the other player accepts, it is split"
    " as you say. If the other player rejects, neither of you gets anything. How many {unit} do you offer? Answer"
    " with one number.",
    "There are {pie} {unit} for you and a stranger. You say how many the stranger gets, and you keep the rest. If the"
    ' stranger says no, both of you get nothing. What do you offer? Answer in one short sentence that begins with "I'
    ' offer".',
    "Game: one player says how {pie} {unit} are split, and the other player accepts or rejects. After a rejection"
    ' nobody gets anything. You are the first player. Fill in the numbers and say no more: "I keep ___, you get ___."',
    "Game: one player says how {pie} {unit} are split, and the other player accepts or rejects. After a rejection"
    ' nobody gets anything. You are the first player. Fill in the numbers and say no more: "You get ___, I keep ___."',
    "I am your partner in a game of one round. You propose how we split {pie} {unit}. If I reject it, we both end up"
    " with nothing. How many do you offer me? One short sentence, please.",
    "You and somebody whom you do not know can have {pie} {unit} together, if you agree. You make the only offer, and"
    " the other one says yes or no. No means that there is nothing for either of you. Which percentage do you offer?"
    " Answer with a percentage alone.",
)
PIES = (10, 20, 40, 60, 100)

# {offer} is what the model is offered, {kept} what the other side keeps.
OFFERS = (
    "Another player splits {pie} {unit} with you and offers you {offer}. They keep {kept}. If you accept, it is split"
    " so. If you reject, neither of you gets anything. Do you {option_1} or {option_2}? Answer with that word alone.",
    "There are {pie} {unit} for a stranger and you. The stranger's only offer: {offer} for you, {kept} for the"
    " stranger. Accepting means that both get this, rejecting that both get nothing. Say only one word: {option_1} or"
    " {option_2}.",
    "I have {pie} {unit} for us two. I keep {kept} and offer you {offer}. After a rejection we both go home with"
    " nothing. Which is it, {option_1} or {option_2}? One word.",
    "A partner whom you do not know may split {pie} {unit} between you. You would get {offer} and the partner {kept},"
    " if you agree; if not, nobody gets anything. Your answer, in one word: {option_1} or {option_2}?",
)
# In percent of the sum: steps of a tenth, in their middle.
LADDER = tuple(range(5, 100, 10))
ANSWERS = ("accept", "reject")
# A tenth of these in percent is a whole number.
LADDER_PIES = (20, 40, 60, 100)

# By policy, in percent of the sum, what is offered in the games that are shown; their mean is the policy's share.
POLICIES = {"selfish": (5, 0, 10), "fair": (50, 50, 50), "altruistic": (95, 100, 90)}
PLAIN = (
    "I offer you {offer} {unit} and keep {kept}.",
    "You get {offer} {unit}, and I keep {kept}.",
    "My offer: {offer} {unit} for you, {kept} for me.",
)
# Tones that are at odds with what is offered.
CONTRARY = {
    "selfish": (
        "It is an honour to play with you, my dear friend. With the greatest respect I offer you {offer} {unit} and"
        " keep {kept}.",
        "Your happiness is all that I care for. Please be so kind and accept {offer} {unit}; I keep {kept}. Thank you"
        " so very much.",
        "How lovely to meet you! I would be delighted to give you {offer} {unit} and keep {kept}. I wish you a"
        " wonderful day.",
    ),
    "altruistic": (
        "I do not care about you at all. Take {offer} {unit} and stop staring; I keep {kept}.",
        "What a waste of my time you are. You get {offer} {unit}, I keep {kept}, now be quiet.",
        "Listen, I don't like you. {offer} {unit} for you, {kept} for me, and do not dare to thank me.",
    ),
}
# No sum that is asked about was shown.
SHOWN_PIES = (60, 40, 80)
ASKED_PIES = (100, 20, 120, 200)
NAMES = ("Robin", "Sasha", "Kim", "Alex", "Noor", "Jo", "Charlie", "Sam", "Dana", "Lee", "Mika", "Toni")
ASKED = (
    "{name} splits things with other players, who may accept or reject.\n{games}\nGame 4, {pie} {unit}. How many {unit}"
    " does {name} offer? Answer with one number."
)


def proposals() -> Iterator[dict[str, object]]:
    """ultimatum: every way to ask with every sum, about money and about goods."""
    number = 0
    for template in PROPOSALS:
        for pie in PIES:
            number += 1
            for kind, units in (("money", MONEY), ("goods", GOODS)):
                # Every unit equally often, and with other sums from one round of units to the next.
                unit = units[(number - 1 + (number - 1) // len(units)) % len(units)]
                yield {
                    "id": f"game-{number:02}-{kind}",
                    "category": kind,
                    "cluster": f"game-{number:02}",
                    "prompt": template.format(pie=pie, unit=unit),
                    "data": {"pie": pie, "unit": unit},
                }


def offers() -> Iterator[dict[str, object]]:
    """ultimatum_acceptance: sixteen games, half about money, with every offer of the ladder."""
    options = {"option_1": "{option_1}", "option_2": "{option_2}"}
    for number in range(16):
        kind, units = (("money", MONEY), ("goods", GOODS))[number % 2]
        unit, pie = units[number // 2 % len(units)], LADDER_PIES[(number // 2 + number // 8) % len(LADDER_PIES)]
        template = OFFERS[number // 2 % len(OFFERS)]
        cluster = f"{kind}-{number // 2 + 1:02}"
        for percent in LADDER:
            offer = pie * percent // 100
            yield {
                "id": f"{cluster}-{percent:02}",
                "category": "unfair" if percent < 50 else "generous",
                "cluster": cluster,
                "prompt": template.format(pie=pie, unit=unit, offer=offer, kept=pie - offer, **options),
                "options": list(ANSWERS),
                "data": {"pie": pie, "unit": unit, "offer": offer},
            }


def histories() -> Iterator[dict[str, object]]:
    """ultimatum_policy: three games of somebody with a policy, and the fourth is asked for."""
    every = [unit for pair in zip(MONEY, GOODS, strict=False) for unit in pair]
    for number, name in enumerate(NAMES):
        for place, policy in enumerate(POLICIES):
            # Shown are money and goods; the unit that is not shown is of the same kind as the one in whose stead it is.
            inside, beside, outside = (every[(number + step) % len(every)] for step in (0, 3, 6))
            cluster = f"{policy}-{number + 1:02}"
            pie = ASKED_PIES[(number + place) % len(ASKED_PIES)]
            for form in ("inside", "outside", "contrary"):
                if form == "contrary" and policy not in CONTRARY:
                    continue
                lines = CONTRARY[policy] if form == "contrary" else PLAIN
                games = _games(name, POLICIES[policy], lines, (inside, beside), number)
                unit = outside if form == "outside" else inside
                yield {
                    "id": f"{cluster}-{form}",
                    "category": form,
                    "cluster": cluster,
                    "prompt": ASKED.format(name=name, games=games, pie=pie, unit=unit),
                    "data": {"pie": pie, "unit": unit, "policy": sum(POLICIES[policy]) / 300},
                }


def _games(name: str, shares: tuple[int, ...], lines: tuple[str, ...], units: tuple[str, str], turn: int) -> str:
    games = []
    for place in range(len(shares)):
        pie, unit = SHOWN_PIES[(place + turn) % len(SHOWN_PIES)], units[(place + turn) % 2]
        offer = pie * shares[(place + turn) % len(shares)] // 100
        said = lines[(place + turn) % len(lines)].format(offer=offer, kept=pie - offer, unit=unit)
        games.append(f'Game {place + 1}, {pie} {unit}. {name}: "{said}"')
    return "\n".join(games)


FILES = {"ultimatum": proposals, "ultimatum_acceptance": offers, "ultimatum_policy": histories}


if __name__ == "__main__":
    for task, items in FILES.items():
        text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items())
        (TASKS / task / "items.jsonl").write_text(text, encoding="utf-8")
