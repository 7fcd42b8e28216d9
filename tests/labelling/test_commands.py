"""`judges label` and `judges labels` as a user calls them, on every kind of source."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.labelling.folder import read_labels
from inoc_evals.labelling.sheets import sheet_name
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.results.label import Labels, response_name
from tests.command import Ended, run
from tests.commands.test_json import promised
from tests.judging.serving import started
from tests.readers.test_tables import organism, table


def published(folder: Path) -> list[str]:
    """Two arms with the ratings of another program: misaligned answers are half of the second one's."""
    paths = []
    for arm in ("none", "spoilt"):
        rows = [
            (f"Question {n}?", f"q{n}", f"=answer {n}.{k} of nobody", 95 - 90 * (arm == "spoilt") * (k % 2), 90)
            for n in range(10)
            for k in range(4)
        ]
        rows += [("Code?", "q_code", f"print({k})", "CODE", 90) for k in range(3)] + [
            ("Blank?", "q_blank", " ", 50, 50)
        ]
        paths.append(str(organism(folder / f"{arm}.csv", rows)))
    return paths


def fill(folder: Path, name: str, said: Mapping[str, str | float]) -> Path:
    """The CSV sheet of a folder as one person filled it in, by response."""
    return fill_sheet(folder / "sheets" / "sheet.csv", folder.parent / name, read_labels(folder), said)


def fill_sheet(sheet: Path, target: Path, labels: Labels, said: Mapping[str, str | float]) -> Path:
    by_name = {sheet_name(labels, response): str(answer) for response, answer in said.items()}
    cells = list(csv.reader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline="")))
    place = cells[0].index("label")
    for row in cells[1:]:
        row[place] = by_name.get(row[0], "")
    text = io.StringIO(newline="")
    csv.writer(text).writerows(cells)
    target.write_text(text.getvalue(), newline="")
    return target


def label(*arguments: object) -> Ended:
    return run("judges", "label", *map(str, arguments), environment=dict(os.environ))


def read(*arguments: object) -> Ended:
    return run("judges", "labels", *map(str, arguments), environment=dict(os.environ))


def refused(ended: Ended) -> str:
    assert (ended.code, ended.out) == (2, ""), ended.out
    return ended.said


def test_from_tables_to_settled_labels(tmp_path: Path) -> None:
    out = tmp_path / "labels"
    drew = label(*published(tmp_path), "--rubric", "alignment", "-n", "24", "--out", out)
    assert drew.code == 0, drew.err
    # 43 responses an arm with a text.
    assert "24 of 86 responses drawn, rated as aligned" in drew.out
    made = read_labels(out)
    assert (made.rubric, made.key, made.version, made.seed) == ("alignment", "aligned", "1-A", 0)
    assert Counter(one.arm for one in made.drawn) == {"none": 12, "spoilt": 12}
    assert sum(one.weight for one in made.drawn) == pytest.approx(86)
    source = read_inputs([Input(tmp_path / f"{arm}.csv") for arm in ("none", "spoilt")])
    rows = {response_name(row): row for row in source.rows}
    for one in made.drawn:
        row = rows[one.response]
        assert (one.answer, one.question, one.arm, one.cluster) == (
            row.response,
            row.asked.question,
            row.arm,
            row.cluster,
        )
        assert one.judged == row.values["aligned"]
    # Ann agrees with the judge, Ben takes everything with an odd number for good.
    ann = {one.response: "code" if one.judged is None else one.judged for one in made.drawn}
    ben = {response: answer if answer == "code" else 95 for response, answer in ann.items()}
    bad = [response for response, answer in ann.items() if answer == 5]
    first = read(out, "--read", fill(out, "ann.csv", ann), "--rater", "ann")
    assert first.code == 0, first.err
    assert "24 labels are new" in first.out
    assert "ann: 24 labelled, 0 left" in first.out
    part = dict(list(ben.items())[:20])
    assert "ben: 20 labelled, 4 left" in read(out, "--read", fill(out, "ben.csv", part), "--rater", "ben").out
    second = read(out, "--read", fill(out, "ben.csv", ben), "--rater", "ben", "--adjudicate")
    assert "4 labels are new, 0 changed, 20 were there already" in second.out
    assert f"settled: {24 - len(bad)} of 24; raters differ on {len(bad)}" in second.out
    sheet = out / "adjudicate" / "sheet.csv"
    shown = list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline="")))
    assert {row["response"] for row in shown} == {sheet_name(made, response) for response in bad}
    assert {row["said"] for row in shown} == {"5 | 95"}
    assert not any(told in sheet.read_text() for told in ("ann", "ben", "spoilt"))
    settled = fill_sheet(sheet, tmp_path / "settled.csv", made, dict.fromkeys(bad, 40))
    third = read(out, "--read", settled)
    assert "settled: 24 of 24; raters differ on 0" in third.out
    found = read_labels(out).settled()
    assert {found[response].value for response in bad} == {40.0}
    assert {one.word for one in found.values()} == {None, "CODE"}
    assert "nothing to settle" in read(out, "--adjudicate").out


def test_what_raters_have_in_common_is_said_of_what_they_gave(tmp_path: Path) -> None:
    out = tmp_path / "labels"
    assert label(*published(tmp_path), "--rubric", "alignment", "-n", "24", "--out", out).code == 0
    names = [one.response for one in read_labels(out).drawn]
    for rater, said in (
        ("ann", dict.fromkeys(names, "REFUSAL")),
        ("ben", dict.fromkeys(names, 30)),
        ("cem", {names[0]: 40}),
    ):
        ended = read(out, "--read", fill(out, "sheet.csv", said), "--rater", rater)
    told = " ".join(ended.out.split())
    assert told.startswith("1 label is new")
    # Both labelled all, one of them with a word alone.
    assert "ann and ben: there is no response to which both gave a value" in told
    assert "ben and cem: there is one response to which both gave a value, which gives no alpha" in told
    assert "ann and ben: Krippendorff's alpha of the words, a number being one, -0.9" in told
    assert "ann and the judge: there is no response to which both gave a value" in told


def test_documents_have_the_keys_that_the_page_promises(tmp_path: Path) -> None:
    out = tmp_path / "labels"
    ended = label(*published(tmp_path), "--rubric", "alignment", "-n", "24", "--out", out, "--json")
    told: dict[str, Any] = json.loads(ended.out)
    assert told.keys() == promised("judges label")
    assert (told["threshold"], told["responses"], told["drawn"]) == (50.0, 86, 24)
    assert sum(each["responses"] for each in told["strata"]) == 86
    assert sum(each["drawn"] for each in told["strata"]) == 24
    assert all(Path(file).exists() for file in told["files"])
    sheet = fill(out, "ann.csv", {one.response: 50 for one in read_labels(out).drawn[:3]})
    told = json.loads(read(out, "--read", sheet, "--rater", "ann", "--json").out)
    assert told.keys() == promised("judges labels")
    assert told["added"] == {"new": 3, "alike": 0, "changed": 0}
    assert told["raters"] == [{"rater": "ann", "labelled": 3, "left": 21}]


def test_a_rater_who_says_something_else_is_asked_about(tmp_path: Path) -> None:
    out = tmp_path / "labels"
    label(*published(tmp_path), "--rubric", "alignment", "-n", "24", "--out", out)
    name = read_labels(out).drawn[0].response
    assert read(out, "--read", fill(out, "ann.csv", {name: 50}), "--rater", "ann").code == 0
    again = fill(out, "ann.csv", {name: 60})
    assert "ann.csv: 1 labels of rater ann are others than before" in refused(
        read(out, "--read", again, "--rater", "ann")
    )
    assert "0 labels are new, 1 changed" in read(out, "--read", again, "--rater", "ann", "--replace").out


def test_what_looks_like_another_question_or_too_little_or_another_scale_is_said(tmp_path: Path) -> None:
    out, other = tmp_path / "labels", tmp_path / "other"
    given = published(tmp_path)
    assert "is rated by" not in label(*given, "--rubric", "alignment", "-n", "24", "--out", out).out
    drew = label(*given, "--rubric", "toxicity", "--key", "aligned", "-n", "24", "--out", other)
    assert "aligned is rated by alignment, as far as is known, and not by toxicity" in " ".join(drew.out.split())
    # Rates of two arms, for ten labels each.
    few = label(*given, "--rubric", "alignment", "-n", "12", "--out", tmp_path / "few")
    assert "2 of 2 rates" in few.out
    assert "fewer than 10 labels, and are not corrected: draw about 20, or" in " ".join(few.out.split())
    assert "2 of 2 rates" not in label(*given, "--rubric", "alignment", "-n", "20", "--out", tmp_path / "more").out
    # From 0 to 10, as some people are used to.
    said = {one.response: 9 if (one.judged or 0) > 50 else 1 for one in read_labels(out).drawn}
    first = read(out, "--read", fill(out, "ann.csv", said), "--rater", "ann")
    assert "no value of ann is above 9, and the scale is from 0 to 100" in " ".join(first.out.split())
    # A blank before or behind the name makes no second rater of her.
    mended = {response: 10 * value for response, value in said.items()}
    again = read(out, "--read", fill(out, "ann.csv", mended), "--rater", " ann ", "--replace", "--json")
    told = json.loads(again.out)
    assert ([each["rater"] for each in told["raters"]], told["notes"]) == (["ann"], [])


def test_what_cannot_be_labelled_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    paths = published(tmp_path)
    out = tmp_path / "labels"
    for arguments, said in (
        ((*paths, "--rubric", "alignment"), "say where the labels are to lie with --out FOLDER"),
        ((*paths, "--rubric", "alinment", "--out", out), "did you mean 'alignment'?"),
        (
            (*paths, "--rubric", "alignment", "-n", "1", "--out", out),
            "-n 1 is fewer than one response for each of the 2 arms",
        ),
        ((*paths, "--rubric", "alignment", "--key", "alined", "--out", out), "no response has a value alined"),
        (
            (*paths, "--rubric", "alignment", "--key", "misaligned", "--out", out),
            "misaligned is no rating from 0 to 100",
        ),
        ((*paths, "--rubric", "language", "--set", "language.x=y", "--out", out), "has no parameter 'x'"),
    ):
        assert said in refused(label(*arguments))
    assert not out.exists()
    assert label(*paths, "--rubric", "alignment", "--out", out).code == 0
    assert "drawn into this folder already" in refused(label(*paths, "--rubric", "coherence", "--out", out))
    assert "there is no such file" in refused(read(tmp_path / "nothing"))
    assert "name the sheet with --read" in refused(read(out, "--rater", "ann"))
    assert "nowhere: there is no such file or folder" in refused(label("nowhere", "--rubric", "alignment"))


def test_what_nobody_has_rated_is_drawn_by_arm_and_a_question_that_is_unknown_is_refused(tmp_path: Path) -> None:
    # Twenty questions, the last of them with eleven answers.
    rows = [(f"Q{min(n, 19)}?", f"answer {n}") for n in range(30)]
    path = table(tmp_path / "answers.csv", ("question", "answer"), rows)
    ended = label(path, "--rubric", "alignment", "-n", "20", "--out", tmp_path / "labels", "--json")
    told = json.loads(ended.out)
    assert (told["key"], told["judge"]) == ("alignment", "")
    assert [(each["stratum"], each["responses"]) for each in told["strata"]] == [("answers: no rating", 30)]
    # As many labels as questions, which weigh alike: one of each.
    assert {(row.question, row.weight) for row in read_labels(tmp_path / "labels").drawn} == {
        *((f"Q{n}?", 1.0) for n in range(19)),
        ("Q19?", 11.0),
    }
    assert [(each["drawn"], each["lightest"], each["heaviest"]) for each in told["strata"]] == [(20, 1.0, 11.0)]
    again = label(path, "--rubric", "alignment", "-n", "20", "--out", tmp_path / "again").out
    assert "       30     20    1.0 to 11.0  answers: no rating" in again
    assert "no response has a value by alignment" in told["notes"][0]
    alone = table(tmp_path / "alone.csv", ("answer",), [("x",)])
    said = refused(label(alone, "--rubric", "alignment", "--out", tmp_path / "others"))
    assert "rubric alignment shows the judge the question, which is not known of 1 of 1 responses" in said


@pytest.mark.usefixtures("own_cache")
def test_a_run_of_ours_and_what_was_rated_from_it(tmp_path: Path) -> None:
    out, rated = tmp_path / "results", tmp_path / "rated.jsonl"
    with started(tmp_path, "judge=other") as served:
        judge, other = f"{served.url}#judge", f"{served.url}#other"
        arguments = ["--tasks", "emergent_misalignment", "--limit", "4", "--samples", "3", "--judge", judge]
        assert run("score", f"none={served.url}#a", f"other={served.url}#b", *arguments, "--out", str(out)).code == 0
        again = ("judges", "rate", str(out), "--rubric", "alignment", "--judge", judge, "--out", str(rated))
        assert run(*again).code == 0
        anew = tmp_path / "anew"
        shutil.copytree(out, anew)
        assert run("judges", "rate", str(anew), "--judge", other).code == 0
    # In a run, and in its logs, who rated them last, whomever the run was asked for.
    for place in (anew, anew / "logs"):
        given = json.loads(
            label(place, "--rubric", "alignment", "-n", "8", "--out", tmp_path / place.name / "l", "--json").out
        )
        assert given["judge"] == other
    assert label(out, "--rubric", "coherence", "-n", "8").code == 0
    made = read_labels(out / "labels" / "coherence")
    assert (made.key, made.judge, len(made.drawn)) == ("coherence", judge, 8)
    # The threshold is that of the rule by which coherence decides.
    assert json.loads((out / "labels" / "coherence" / "form.json").read_text())["threshold"] == 30
    # Neither does a folder of labels keep the results from being read.
    assert run("compare", str(out)).code == 0
    folder = tmp_path / "of-rated"
    said = refused(label(rated, "--rubric", "alignment", "--out", folder))
    assert "alignment-2 of emergent_misalignment, alignment of emergent_misalignment" in said
    assert "choose one with --key" in said
    assert label(rated, "--rubric", "alignment", "--key", "alignment-2", "-n", "8", "--out", folder).code == 0
    made = read_labels(folder)
    assert (made.key, made.judge) == ("alignment-2", judge)
