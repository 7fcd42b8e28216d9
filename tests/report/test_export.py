from __future__ import annotations

import csv
import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inoc_evals.blanking import HIDDEN
from inoc_evals.plain import flat, plain, public
from inoc_evals.report.export import columns
from inoc_evals.results.row import ResponseRow
from inoc_evals.spreadsheet import GUARDED, harmless
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import arm_rate
from tests.report.rows import export, make, page, recorded, study

pytest.importorskip("pyarrow", reason="needs pyarrow")


def read_csv(path: Path) -> list[dict[str, str]]:
    """The file's cells without the marks against formulas, as its users are told to read them."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {bare(name): bare(cell) for name, cell in row.items()} for row in csv.DictReader(file, restkey="too many")
        ]


def bare(cell: str) -> str:
    return cell[1:] if GUARDED.match(cell) else cell


def read_parquet(path: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet

    found: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    return found


def table(rows: list[ResponseRow]) -> list[dict[str, Any]]:
    found = columns(rows)
    names, entries = [column.name for column in found], [column.entries(rows) for column in found]
    return [dict(zip(names, row, strict=True)) for row in zip(*entries, strict=True)]


def test_one_row_a_response_with_values_and_causes(tmp_path: Path) -> None:
    rows = [
        make(values={"trait": None, "rating": 42.5}, causes={"trait": "refusal"}, prompt_sha256="ab"),
        make(item="q2", epoch=3, choice=4, values={"trait": 1.0}, condition="triggered"),
    ]
    paths = export(rows, ["none"], tmp_path, {})
    assert [path.name for path in paths] == ["results.json", "responses.csv", "responses.parquet"]
    first, second = read_parquet(paths[2])
    assert (first["trait"], first["trait_cause"], first["rating"], first["prompt_sha256"]) == (
        None,
        "refusal",
        42.5,
        "ab",
    )
    assert (second["item"], second["epoch"], second["choice"], second["condition"]) == ("q2", 3, 4, "triggered")
    assert (second["trait"], second["trait_cause"], second["rating"]) == (1.0, None, None)
    assert list(first)[:9] == [
        "arm",
        "checkpoint",
        "task",
        "condition",
        "category",
        "item",
        "cluster",
        "epoch",
        "choice",
    ]


def test_csv_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    rows = study()
    export(rows, ["none"], tmp_path, {})
    expected = table(rows)
    assert read_parquet(tmp_path / "responses.parquet") == expected
    as_text = [{name: "" if entry is None else str(entry) for name, entry in row.items()} for row in expected]
    assert read_csv(tmp_path / "responses.csv") == as_text


def test_results_are_the_reports_numbers_with_null_for_nan(tmp_path: Path) -> None:
    rows = [make(item=f"q{i}", values={"trait": float(i < 1)}) for i in range(4)]
    rows.append(make(arm="b", checkpoint="b", values={"trait": None}, causes={"trait": "code"}))
    export(rows, ["none", "b"], tmp_path, {"samples": math.nan})
    text = (tmp_path / "results.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    found = json.loads(text)
    assert found == recorded(rows, ["none", "b"], {"samples": math.nan})
    expected = arm_rate(Responses([1.0, 0.0, 0.0, 0.0], ["q0", "q1", "q2", "q3"], ["one"] * 4))
    first, second = found["rates"]
    assert (first["rate"]["equal"], first["rate"]["low"], first["rate"]["high"]) == (0.25, expected.low, expected.high)
    these = expected.on_these_questions
    assert first["rate"]["on_these_questions"] == {"low": these.low, "high": these.high}
    assert found["intervals"]["on_these_questions"] == "95% on these questions"
    assert (second["rate"]["equal"], second["causes"]) == (None, {"code": 1})
    assert (second["rate"]["bounds"]["low"], second["rate"]["bounds"]["high"]) == (0.0, 1.0)
    assert found["differences"][0]["difference"]["mean"] is None
    assert found["exclusions"] == [
        {"task": "t", "category": "ood", "measure": "trait", "arm": "b", "cause": "code", "responses": 1}
    ]
    assert found["settings"] == {"samples": None}
    assert found["reference"] == "none"


def test_results_and_page_agree() -> None:
    found = recorded(study(), ["none", "inoculated"])
    shown = page(study(), ["none", "inoculated"])
    lines, contrasts = shown.findings.rates, shown.findings.differences
    assert [line["rate"]["equal"] for line in found["rates"]] == [line.rate.equal for line in lines]
    assert [line["p_holm"] for line in found["differences"]] == [line.p_holm for line in contrasts]
    assert len(found["questions"]) == len(shown.shown("questions"))


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        export(study(), ["none"], tmp_path / folder, {"a": {"b": 1}})
    for name in ("results.json", "responses.csv", "responses.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_value_called_as_a_field_gets_a_column_of_its_own() -> None:
    names = [column.name for column in columns([make(values={"response": 1.0, "a_cause": 0.0, "a": None})])]
    assert len(names) == len(set(names))
    assert "value_response" in names
    assert "value_a" in names


def test_no_rows_make_empty_files(tmp_path: Path) -> None:
    export([], [], tmp_path, {})
    assert read_parquet(tmp_path / "responses.parquet") == []
    assert read_csv(tmp_path / "responses.csv") == []


def test_twenty_thousand_rows_take_seconds(tmp_path: Path) -> None:
    rows = study(questions=50, samples=40)
    started = time.process_time()
    export(rows, ["none", "inoculated"], tmp_path, {})
    assert time.process_time() - started < 8


FIELDS = ("arm", "checkpoint", "task", "condition", "category", "item", "cluster", "response", "stop_reason")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.fixed_dictionaries({name: st.text() for name in FIELDS}),
    key=st.text(min_size=1),
    value=st.none() | st.floats(0, 1) | st.floats(0, 100),
)
def test_any_text_in_any_field_comes_back(
    tmp_path: Path, fields: dict[str, str], key: str, value: float | None
) -> None:
    rows = [make(**fields, values={key: value}, causes={key: fields["response"]} if value is None else {})]
    export(rows, [], tmp_path, {"note": fields["response"]})
    (parquet,) = read_parquet(tmp_path / "responses.parquet")
    (line,) = read_csv(tmp_path / "responses.csv")
    for name in FIELDS:
        assert parquet[name] == fields[name]
        assert line[name] == fields[name]
    column, cause = (column.name for column in columns(rows)[-2:])
    assert column.endswith(key)
    assert parquet[cause] == (fields["response"] if value is None else None)
    assert parquet[column] == value
    assert line[column] == ("" if value is None else str(value))
    found = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert found["settings"]["note"] == public(fields["response"])
    assert found["arms"] == [fields["arm"]]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+SUM(A1)", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "'=1", "-", "-5 owls", "+1-800", "-inf"],
)
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    export([make(response=text, item=text, values={text: 0.5})], ["none"], tmp_path, {})
    with (tmp_path / "responses.csv").open(encoding="utf-8", newline="") as file:
        names, cells = list(csv.reader(file))
    row = dict(zip(names, cells, strict=True))
    assert (row["response"], row["item"]) == (f"'{text}", f"'{text}")
    # A number is one, whatever its column is called.
    assert row[f"'{text}"] == "0.5"
    (parquet,) = read_parquet(tmp_path / "responses.parquet")
    assert (parquet["response"], parquet[text]) == (text, 0.5)


@pytest.mark.parametrize("text", ["-5", "+3.25", "-1e-3", "-.5", "5-3", "a=b", "'a'", "", "¡-!"])
def test_numbers_and_harmless_texts_stay(text: str) -> None:
    assert harmless(text) == text


def test_half_a_character_pair_is_replaced_in_files_that_cannot_hold_it(tmp_path: Path) -> None:
    export([make(response="a\ud800b\U0001f989")], ["none"], tmp_path, {})
    (line,) = read_csv(tmp_path / "responses.csv")
    assert line["response"] == "a\ufffdb\U0001f989"


def test_credentials_are_hidden() -> None:
    settings = {
        "judge_api_key": "sk-1",
        "servers": [{"url": "http://me:sk-2@host/v1", "token": "sk-3", "max_tokens": 5}],
        "command": ["--api-key", "sk-4", "--port", "1", "--token=sk-5"],
        "line": "serve --api-key sk-6 --port 1",
        "key": None,
    }
    found = public(settings)
    assert "sk-" not in json.dumps(found)
    assert found["servers"][0] == {"url": f"http://{HIDDEN}@host/v1", "token": HIDDEN, "max_tokens": 5}
    assert found["command"] == ["--api-key", HIDDEN, "--port", "1", f"--token={HIDDEN}"]
    assert found["line"] == f"serve --api-key {HIDDEN} --port 1"
    assert found["key"] is None


def test_anything_becomes_plain_and_flat() -> None:
    value = {"a": {"b": [1, math.inf], "c": {}}, 2: {Path("x")}, "d": [{"e": None}], "f": True}
    assert plain(value) == {"a": {"b": [1, None], "c": {}}, "2": ["x"], "d": [{"e": None}], "f": True}
    assert flat(value) == [
        ("a / b", "1, -"),
        ("a / c", "-"),
        ("2", "x"),
        ("d / 1 / e", "-"),
        ("f", "True"),
    ]
