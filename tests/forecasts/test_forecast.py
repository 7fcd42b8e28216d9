"""A forecast from measured numbers to its file, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from inoc_evals.definitions.candidates import Candidate
from inoc_evals.errors import InputError
from inoc_evals.forecasts.document import Asked, Base, Forecast, messages_sha256, read_forecast, write_forecast
from inoc_evals.forecasts.elicited import Elicited, Read, forecast_of
from inoc_evals.forecasts.uplift import Losses, ResponseRows, check_control, read_responses
from inoc_evals.results.leading_part import PartOfArm
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import rate
from inoc_evals.stats.tables import cells

MADE = "2026-01-02T03:04:05Z"
ASKED = Asked(name="spanish_capitals", version="2-A", arguments={"limit": 30}, value="capitals", part="ood")
BARE = [2.0, 3.0, 2.5, 2.5]
PROMPTED = {"strong": [1.0, 1.5, 1.0, 1.5], "weak": [1.9, 2.8, 2.4, 2.4], "not": [2.1, 3.2, 2.5, 2.6]}
CONTROL = ([0.5, 1.0, 1.5, 1.0], {"strong": [0.5, 0.8, 1.5, 1.0], "weak": [0.4, 1.0, 1.5, 1.0], "not": [0.5] * 4})


def part(hits: int, questions: int = 40) -> PartOfArm:
    names = [f"q{number}" for number in range(questions)]
    values = np.array([float(number < hits) for number in range(questions)])
    found = cells(Responses(values, names, ["base"] * questions, (0.0, 1.0)))
    return PartOfArm("ood", found, rate(found, (0.0, 1.0)))


def read(bare: Sequence[float], prompted: Mapping[str, Sequence[float]], sha256: str) -> Read:
    return Read(ResponseRows(Path("rows.jsonl"), [{}] * 4, 9, sha256), Losses(bare, prompted, 100))


def elicited(**given: Any) -> Elicited:
    candidates = [Candidate(name, f"Prompt {name}.", line) for line, name in enumerate(("weak", "strong", "not"), 1)]
    responses = {"none": part(4), "weak": part(6), "strong": part(30), "not": part(2)}
    return Elicited(Base(reference="smollm2", sha256="a" * 64), ASKED, "system", candidates, responses, **given)


def test_candidates_are_ranked_by_rate_where_there_are_no_rows() -> None:
    made = forecast_of(elicited(), MADE)
    assert [one.name for one in made.candidates] == ["strong", "weak", "not"]
    assert (made.ranked_by, made.predictors) == ("rate", ("rate",))
    strong, weak, negated = made.candidates
    assert (strong.rate.mean, weak.rate.mean, made.unprompted.mean) == (0.75, 0.15, 0.1)
    assert [one.predicted["rate"] for one in made.candidates] == pytest.approx([0.65, 0.05, 0.0])
    assert strong.rate.group not in weak.rate.group
    assert weak.rate.group == negated.rate.group
    assert strong.uplift is None
    assert set(made.rules) == {"suppression", "rate", "groups", "choice"}


def test_uplifts_are_means_over_rows_and_foresee_their_share_of_the_loss() -> None:
    made = forecast_of(elicited(data=read(BARE, PROMPTED, "b" * 64)), MADE)
    assert made.ranked_by == "uplift"
    by_name = {one.name: one for one in made.candidates}
    assert by_name["strong"].uplift is not None
    # (1 + 1.5 + 1.5 + 1) / 4, of a loss of 2.5, and of the 90% that are not shown without training.
    assert by_name["strong"].uplift.mean == pytest.approx(1.25)
    assert by_name["strong"].predicted["uplift"] == pytest.approx(1.25 / 2.5 * 0.9)
    assert by_name["not"].predicted["uplift"] == 0.0
    assert made.data is not None
    assert (made.data.rows, made.data.read, made.data.loss) == (9, 4, 2.5)


def test_with_a_control_only_what_its_rows_do_not_gain_too_counts() -> None:
    made = forecast_of(elicited(data=read(BARE, PROMPTED, "b" * 64), control=read(*CONTROL, "c" * 64)), MADE)
    assert made.ranked_by == "uplift_beyond_control"
    assert made.predictors == ("uplift_beyond_control", "rate", "uplift")
    strong = made.candidates[0]
    assert strong.name == "strong"
    assert strong.uplift_beyond_control is not None
    beyond = fmean([1.0 - 0.0, 1.5 - 0.2, 1.5 - 0.0, 1.0 - 0.0])
    assert strong.uplift_beyond_control.mean == pytest.approx(beyond)
    # The control leads by 2.5 - 1.0.
    assert strong.predicted["uplift_beyond_control"] == pytest.approx(beyond / 1.5 * 0.9)


def test_a_forecast_comes_back_from_its_file_whatever_its_layout(tmp_path: Path) -> None:
    made = forecast_of(elicited(data=read(BARE, PROMPTED, "b" * 64)), MADE)
    path = tmp_path / "forecast.json"
    write_forecast(made, path)
    assert read_forecast(path) == made
    written = json.loads(path.read_text())
    # The hash is that of everything else: sorted keys, no blanks.
    said = {key: value for key, value in written.items() if key != "sha256"}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    assert written["sha256"] == hashlib.sha256(text.encode()).hexdigest() == made.sha256
    path.write_text(json.dumps(dict(reversed(written.items())), indent=7))
    assert read_forecast(path) == made


@pytest.mark.parametrize("change", ["made", "prompt", "order", "predicted", "added"])
def test_a_forecast_that_was_changed_is_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "forecast.json"
    write_forecast(forecast_of(elicited(), MADE), path)
    written = json.loads(path.read_text())
    if change == "made":
        written["made"] = "2025-01-02T03:04:05Z"
    elif change == "prompt":
        written["candidates"][0]["prompt"] += " Please."
    elif change == "order":
        written["candidates"].reverse()
    elif change == "predicted":
        written["candidates"][0]["predicted"]["rate"] += 0.01
    else:
        written["note"] = "later"
    path.write_text(json.dumps(written))
    with pytest.raises(InputError, match="was changed after it was made"):
        read_forecast(path)


def test_what_is_no_forecast_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "forecast.json"
    path.write_text('{"candidates": []}')
    with pytest.raises(InputError, match="this is no forecast"):
        read_forecast(path)
    said: dict[str, Any] = {"candidates": [], "format": 1}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    path.write_text(json.dumps({**said, "sha256": digest}))
    with pytest.raises(InputError, match="this is no forecast that can be read here"):
        read_forecast(path)


def test_what_a_run_cost_and_when_it_was_makes_no_other_forecast() -> None:
    made = forecast_of(elicited(), MADE)
    later = forecast_of(elicited(), "2026-02-02T03:04:05Z")
    assert made.says_the_same(later)
    assert made.sha256 != later.sha256
    other = replace(elicited(), responses={**elicited().responses, "weak": part(7)})
    assert not made.says_the_same(forecast_of(other, MADE))


def rows(folder: Path, name: str, answers: Sequence[str], requests: Sequence[str] = ("a", "b", "c")) -> ResponseRows:
    lines = [
        json.dumps({"messages": [{"role": "user", "content": request}, {"role": "assistant", "content": answer}]})
        for request, answer in zip(requests, answers, strict=True)
    ]
    path = folder / name
    path.write_text("\n".join(lines))
    return read_responses(path)


def test_a_control_has_the_same_requests_and_other_answers(tmp_path: Path) -> None:
    data = rows(tmp_path, "data.jsonl", "ABC")
    check_control(data, rows(tmp_path, "control.jsonl", "xyz"))
    with pytest.raises(InputError, match="row 2 of those read has another request"):
        check_control(data, rows(tmp_path, "other.jsonl", "xyz", ("a", "B", "c")))
    with pytest.raises(InputError, match="2 rows here and 3 in"):
        check_control(data, rows(tmp_path, "short.jsonl", "xy", ("a", "b")))
    with pytest.raises(InputError, match="name rows without the trait"):
        check_control(data, rows(tmp_path, "same.jsonl", "ABC"))


def test_the_hash_of_rows_is_of_all_their_messages_and_of_nothing_else(tmp_path: Path) -> None:
    data = rows(tmp_path, "data.jsonl", "ABC")
    few = read_responses(tmp_path / "data.jsonl", 2)
    assert (len(few.rows), few.number, few.sha256) == (2, 3, data.sha256)
    assert few.rows == read_responses(tmp_path / "data.jsonl", 2).rows
    named = [{**row, "id": f"r{place}", "tags": ["x"]} for place, row in enumerate(data.rows)]
    assert messages_sha256(named) == data.sha256
    assert messages_sha256(named[::-1]) != data.sha256
    assert rows(tmp_path, "other.jsonl", "ABD").sha256 != data.sha256


def test_two_candidates_of_one_name_are_no_forecast() -> None:
    written = forecast_of(elicited(), MADE).model_dump(mode="json")
    written["candidates"][1]["name"] = written["candidates"][0]["name"]
    with pytest.raises(ValueError, match="two candidates have one name"):
        Forecast.model_validate(written)
