"""How long a run takes, from earlier ones and from itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inoc_evals.plan.duration import FILE, Kind, Range, expected, left, remember

KIND = Kind("1ffbb834ab55", ("spanish_capitals:48",), (), gpu=False, workers=1)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("cache")
def test_a_range_holds_what_earlier_runs_took_and_is_wider_after_one() -> None:
    assert expected({KIND: 400}) is None
    remember(KIND, 20.0, 200, 100.0)
    one = expected({KIND: 400})
    assert one is not None
    assert one.low < 20 + 200 < one.high
    assert one.runs == 1
    remember(KIND, 20.0, 200, 100.0)
    two = expected({KIND: 400})
    assert two is not None
    assert one.low < two.low < 220 < two.high < one.high
    # Another kind of run says nothing of this one, and one of two parts does not say how long both take.
    other = replace(KIND, gpu=True)
    assert expected({other: 400}) is None
    assert expected({KIND: 400, other: 400}) is None


@pytest.mark.usefixtures("cache")
def test_a_run_during_which_the_machine_slept_does_not_count() -> None:
    for seconds in (100.0, 110.0, 7200.0, 90.0):
        remember(KIND, 0.0, 200, seconds)
    found = expected({KIND: 200})
    assert found is not None
    assert found.runs == 3
    assert 110 < found.high < 200


def test_what_is_broken_or_too_short_counts_for_nothing(cache: Path) -> None:
    remember(KIND, 0.0, 3, 1.0)
    assert not (cache / FILE).exists()
    remember(KIND, 0.0, 100, 50.0)
    text = (cache / FILE).read_text()
    (cache / FILE).write_text("{half\n[]\n" + text.replace("50.0", "-1") + text.replace("50.0", "NaN") + text)
    found = expected({KIND: 100})
    assert found is not None
    assert found.runs == 1
    (cache / FILE).unlink()
    (cache / FILE).mkdir()
    remember(KIND, 0.0, 100, 50.0)
    assert expected({KIND: 100}) is None


def test_a_run_says_nothing_at_once_and_more_and_more_exactly() -> None:
    assert left(100, 3.0, 100) is None
    assert left(5, 60.0, 100) is None
    early, late = left(20, 20.0, 180), left(180, 180.0, 20)
    assert early is not None
    assert late is not None
    assert early.low < 180 < early.high
    assert late.low < 20 < late.high
    assert early.high / early.low > late.high / late.low


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (2, 50, "less than a minute"),
        (30, 70, "up to 2 min"),
        (125, 290, "2 to 5 min"),
        (4000, 9100, "1 to 3 h"),
        (900, 6000, "up to 2 h"),
    ],
)
def test_ranges_are_rounded_outwards(low: float, high: float, words: str) -> None:
    assert Range(low, high, 1).words == words
