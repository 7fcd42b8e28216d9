"""Contrasts of crossed factors against hand loops and against a mixed model that is fitted here."""

from __future__ import annotations

import itertools
import math
import random
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from inoc_evals.stats.contrasts import Effect, effect, effect_difference, level_tables, within_question
from inoc_evals.stats.responses import Responses

# Gender, age and ethnicity, as in the task.
LEVELS = (3, 3, 3)
PERSONS = list(itertools.product(range(3), range(3), range(3)))
Table = dict[tuple[str, tuple[int, ...]], float]


def simulated(chance: random.Random, questions: int, persons: list[tuple[int, ...]] = PERSONS) -> Table:
    """A value for every question and person: effects of levels that differ between questions, and noise."""
    found = {}
    for question in range(questions):
        level = chance.gauss(0, 2)
        effects = [[chance.gauss(0.3 * step, 0.4) for step in range(count)] for count in LEVELS]
        for person in persons:
            own = sum(of[step] for of, step in zip(effects, person, strict=True))
            found[f"q{question}", person] = level + own + chance.gauss(0, 0.5)
    return found


def responses(table: Table, checkpoint: str = "c") -> tuple[Responses, np.ndarray]:
    codes = np.array([person for _, person in table], dtype=np.int64)
    questions = [question for question, _ in table]
    return Responses(list(table.values()), questions, [checkpoint] * len(table), None), codes


def by_hand(table: Table, factor: int, level: int) -> dict[str, float]:
    """By question: the mean over persons with the level less that over persons with level 0, in plain loops."""
    found = {}
    for question in dict.fromkeys(question for question, _ in table):
        means = []
        for wanted in (level, 0):
            those = [value for (q, person), value in table.items() if q == question and person[factor] == wanted]
            means.append(sum(those) / len(those))
        found[question] = means[0] - means[1]
    return found


def close(found: Effect, contrasts: list[float]) -> bool:
    """Is it the t interval of these contrasts?"""
    n = len(contrasts)
    mean, error = fmean(contrasts), stdev(contrasts) / math.sqrt(n)
    half = stats.t.ppf(0.975, n - 1) * error
    wanted = (mean, error, mean - half, mean + half, stats.ttest_1samp(contrasts, 0.0).pvalue)
    given = (found.mean, found.error, found.low, found.high, found.p)
    return np.allclose(given, wanted, rtol=1e-9, atol=1e-12) and found.questions == n and found.these_checkpoints_only


def test_a_hundred_and_more_contrasts_are_those_of_hand_loops() -> None:
    chance = random.Random(1)
    cases = 0
    for questions in (2, 3, 5, 8, 12):
        for _ in range(4):
            first, second = simulated(chance, questions), simulated(chance, questions)
            tables, others = (level_tables(*responses(one), LEVELS) for one in (first, second))
            for factor, level in itertools.product(range(3), (1, 2)):
                mine, other = by_hand(first, factor, level), by_hand(second, factor, level)
                cells = tables[factor][level - 1]
                assert close(effect(cells), list(mine.values()))
                gaps = [mine[question] - other[question] for question in mine]
                assert close(effect_difference(cells, others[factor][level - 1]), gaps)
                cases += 2
    assert cases == 240


def test_a_latin_square_tells_the_same_as_the_crossing_where_effects_add_up() -> None:
    chance = random.Random(2)
    square = [(gender, age, (gender + age) % 3) for gender in range(3) for age in range(3)]
    table = simulated(chance, 6, square)
    for factor, level in itertools.product(range(3), (1, 2)):
        found = effect(level_tables(*responses(table), LEVELS)[factor][level - 1])
        assert close(found, list(by_hand(table, factor, level).values()))


def mixed_model(table: Table, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """Fixed effects of a factor's levels 1 and 2 and their standard errors in a linear mixed model with random
    intercept and slopes by question, full covariance, by restricted maximum likelihood (Laird and Ware, Biometrics 38,
    1982, 963)."""
    names = list(dict.fromkeys(question for question, _ in table))
    persons = [person for question, person in table if question == names[0]]
    design = np.array([[1.0, person[factor] == 1, person[factor] == 2] for person in persons])
    values = np.array([[table[question, person] for person in persons] for question in names])
    corner = np.tril_indices(3)

    def parts(given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        root = np.zeros((3, 3))
        root[corner] = given[:6]
        covariance = design @ root @ root.T @ design.T + math.exp(given[6]) * np.eye(len(persons))
        return covariance, len(names) * design.T @ np.linalg.solve(covariance, design)

    def fixed(covariance: np.ndarray, information: np.ndarray) -> np.ndarray:
        return np.linalg.solve(information, design.T @ np.linalg.solve(covariance, values.sum(axis=0)))

    def minus_twice_log(given: np.ndarray) -> float:
        covariance, information = parts(given)
        left = values - design @ fixed(covariance, information)
        spread = np.sum(left.T * np.linalg.solve(covariance, left.T))
        return float(len(names) * np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1] + spread)

    start = np.array([1.0, 0.0, 0.5, 0.0, 0.0, 0.5, -1.0])
    best = optimize.minimize(minus_twice_log, start, method="BFGS", options={"gtol": 1e-7})
    covariance, information = parts(best.x)
    return fixed(covariance, information)[1:], np.sqrt(np.diag(np.linalg.inv(information)))[1:]


def test_a_mixed_model_gives_the_same_estimates_and_errors() -> None:
    table = simulated(random.Random(4), 20)
    effects, errors = mixed_model(table, 1)
    for level in (1, 2):
        found = effect(level_tables(*responses(table), LEVELS)[1][level - 1])
        assert found.mean == pytest.approx(effects[level - 1], abs=5e-4)
        assert found.error == pytest.approx(errors[level - 1], abs=5e-4)


def test_missing_responses_do_not_let_another_factor_in() -> None:
    # Age adds 10, gender nothing; without the old women their mean is lower, the contrast is not.
    people = [(gender, age) for gender in range(2) for age in range(2) for _ in range(2)]
    values = np.array([10.0 * age for _, age in people])
    values[-2:] = np.nan
    gender, age = within_question(values, np.array(people), (2, 2))
    assert gender[1] == pytest.approx(0.0, abs=1e-9)
    assert age[1] == pytest.approx(10.0)


def test_what_cannot_be_told_is_no_number() -> None:
    numbers = np.array([1.0, 2.0, np.nan])
    # Gender goes with age, so that neither is told; level 2 has no value.
    gender, age = within_question(numbers, np.array([(0, 0), (1, 1), (2, 0)]), (3, 2))
    assert np.isnan(gender[1:]).all()
    assert np.isnan(age[1])
    # No response has level 0.
    (alone,) = within_question(np.array([1.0, 2.0]), np.array([[1], [2]]), (3,))
    assert np.isnan(alone[1:]).all()
    (nothing,) = within_question(np.array([np.nan]), np.array([[1]]), (2,))
    assert np.isnan(nothing[1])


def test_questions_without_the_contrast_are_left_out_and_one_question_has_no_interval() -> None:
    table: Table = {("a", (0,)): 1.0, ("a", (1,)): 3.0, ("b", (0,)): 1.0, ("b", (1,)): 4.0, ("c", (1,)): 9.0}
    ((cells,),) = level_tables(*responses(table), (2,))
    found = effect(cells)
    assert (found.mean, found.questions) == (pytest.approx(2.5), 2)
    ((alone,),) = level_tables(*responses({("a", (0,)): 1.0, ("a", (1,)): 3.0}), (2,))
    assert effect(alone).mean == pytest.approx(2.0)
    assert math.isnan(effect(alone).error)
    assert math.isnan(effect(alone).p)
    assert effect_difference(cells, alone).questions == 1
    nothing = effect_difference(alone, level_tables(*responses({("z", (0,)): 1.0, ("z", (1,)): 3.0}), (2,))[0][0])
    assert math.isnan(nothing.mean)
    assert nothing.questions == 0


def test_several_checkpoints_bring_their_own_variance() -> None:
    values, questions, checkpoints, codes = [], [], [], []
    # The contrast is 1 and 2 in the checkpoints, the same in every question: questions say nothing, seeds do.
    for checkpoint, gap in (("s1", 1.0), ("s2", 2.0)):
        for question, code in itertools.product("abc", (0, 1)):
            values.append(gap * code)
            questions.append(question)
            checkpoints.append(checkpoint)
            codes.append([code])
    ((cells,),) = level_tables(Responses(values, questions, checkpoints, None), np.array(codes), (2,))
    found = effect(cells)
    assert found.mean == pytest.approx(1.5)
    assert found.error == pytest.approx(stdev([1.0, 2.0]) / math.sqrt(2))
    assert found.high - found.mean == pytest.approx(found.error * stats.t.ppf(0.975, 1))
    assert not found.these_checkpoints_only


@settings(max_examples=20)
@given(st.integers(0, 10**9), st.floats(-50, 50), st.floats(0.1, 20))
def test_a_contrast_shifts_with_nothing_and_scales_with_the_unit(seed: int, shift: float, unit: float) -> None:
    table = simulated(random.Random(seed), 2, PERSONS[::2])
    moved = {place: unit * value + shift * len(place[0]) for place, value in table.items()}
    before, after = (level_tables(*responses(one), LEVELS) for one in (table, moved))
    for one, other in zip(itertools.chain(*before), itertools.chain(*after), strict=True):
        assert effect(other).mean == pytest.approx(unit * effect(one).mean, abs=1e-6)
        assert effect(other).error == pytest.approx(unit * effect(one).error, abs=1e-6)
