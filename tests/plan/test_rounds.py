"""What a round asks of a task: in which order, and nothing twice."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.plan.compiled import make_plan
from inoc_evals.plan.rounds import PartDesign, least, parts_of
from inoc_evals.stats.allowed import Allowed, Taken

QUESTIONS = ("q1", "q2", "q3", "q4", "q5")


@given(
    step=st.integers(1, 3),
    growth=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=5),
)
def test_rounds_together_ask_every_request_once(step: int, growth: list[tuple[int, int]]) -> None:
    samples = {name: (f"{name}-a", f"{name}-b") if name == "q2" else (name,) for name in QUESTIONS}
    part = PartDesign(QUESTIONS, samples, Allowed(5, step, 100 * step, step))
    taken = Taken(1, step)
    before, asked = None, Counter[tuple[str, int]]()
    counted = 0
    for questions, responses in [(0, 0), *growth]:
        taken = Taken(min(5, taken.questions + questions), taken.responses + step * responses)
        for sample, (first, last) in part.wanted(before, taken):
            asked.update((sample, number) for number in range(first, last + 1))
        counted += part.responses(taken) - (part.responses(before) if before is not None else 0)
        before = taken
    there = {
        (name, number) for name in QUESTIONS[: taken.questions] for number in range(1, taken.responses // step + 1)
    }
    wanted = {(sample, number) for name, number in there for sample in samples[name]}
    assert asked == Counter(dict.fromkeys(wanted, 1))
    assert counted == len(wanted) * step


def test_the_order_of_questions_is_drawn_and_the_same_under_every_condition() -> None:
    plan = make_plan("backdoor", {"judge": None})
    parts = parts_of(plan)
    orders = {part.questions for part in parts.values()}
    assert len(parts) == 5
    assert len(orders) == 1
    (order,) = orders
    assert sorted(order) == sorted({item.question for item in plan.items})
    assert list(order) != [item.question for item in plan.items]
    # Of 25 responses that one request could give a round takes five at a time.
    assert {part.allowed for part in parts.values()} == {Allowed(24, 5, 100, 5)}
    assert least(parts) == 5 * 24 * 5


def test_variants_of_a_question_are_asked_together_and_exact_values_at_once() -> None:
    owl = parts_of(make_plan("owl_preference", {"samples": 8}))
    assert set(owl) == {"favourite", "choice", "least_favourite"}
    variants = [names for part in owl.values() for names in part.samples.values()]
    assert sum(map(len, variants)) == 90
    assert len(variants) == 78
    assert owl["favourite"].first == Taken(30, 2)
    assert owl["least_favourite"].first.questions == len(owl["least_favourite"].questions)
    exact = parts_of(make_plan("owl_preference_exact", {}))
    assert all(part.whole and part.first == part.allowed.all for part in exact.values())
