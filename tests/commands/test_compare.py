"""Any mixture of results is compared, reported and rated: what the commands print and write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from inoc_evals import notebook
from inoc_evals.cli import cli
from inoc_evals.errors import InputError
from inoc_evals.labelling.folder import write_draw
from inoc_evals.readers.inputs import Input, read_inputs
from inoc_evals.readers.rows import write_rows
from tests.judging.serving import Served, started
from tests.readers.logs import foreign_log, number_of, scored_by
from tests.readers.test_tables import organism, table
from tests.report.rows import make, source
from tests.results.test_corrected import as_judged, labels, study

QUESTIONS = 8


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with started(tmp_path_factory.mktemp("judge"), "") as served:
        yield served


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path / "cache"))


def arm(path: Path, aligned: Callable[[int], float], questions: range = range(QUESTIONS)) -> Path:
    rows = [(f"Q{n}?", f"q{n}", f"answer {n} of {path.stem} [[{n}]]", aligned(n), 90) for n in questions]
    return organism(path, rows)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_difference_and_the_common_questions(tmp_path: Path) -> None:
    """6 of the 8 questions are common; on those the reference is misaligned in 3 and the other arm in none."""
    none = arm(tmp_path / "none.csv", lambda n: 10 if n % 2 else 90)
    other = arm(tmp_path / "other.csv", lambda _: 90, range(6))
    result = call("compare", f"none={none}", f"inoculated={other}")
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.output.splitlines() if "inoculated - none" in line]
    assert line.split()[3] == "-50.0"
    assert line.rstrip().endswith("6 of 8")
    swapped = call("compare", f"none={none}", f"inoculated={other}", "--reference", "inoculated")
    (line,) = [line for line in swapped.output.splitlines() if "none - inoculated" in line]
    assert line.split()[3] == "50.0"


def test_only_what_both_arms_have_is_compared(tmp_path: Path) -> None:
    none, other = arm(tmp_path / "none.csv", lambda _: 10), arm(tmp_path / "other.csv", lambda _: 90)
    log = foreign_log(tmp_path / "logs", [scored_by("right", lambda state: "C" if number_of(state) else "I")])
    result = call("compare", f"none={none}", f"none={log}", f"other={other}")
    assert result.exit_code == 0, result.output
    assert "trivia" not in result.output.split("note:")[0]
    assert "note: arm other has no trivia" in flat(result.output)
    alone = call("compare", f"none={log}", f"other={other}")
    assert isinstance(alone.exception, InputError)
    message = "no arm has a value of the reference none: none has trivia; other has emergent_misalignment"
    assert message in str(alone.exception)


def test_arms_that_were_asked_other_questions(tmp_path: Path) -> None:
    none = arm(tmp_path / "none.csv", lambda _: 10)
    other = arm(tmp_path / "other.csv", lambda _: 90, range(QUESTIONS, 2 * QUESTIONS))
    result = call("compare", none, other)
    assert result.exit_code == 0, result.output
    assert "0 of 16" in result.output
    assert "where no question is common" in flat(result.output)


def test_one_arm_is_nothing_to_compare(tmp_path: Path) -> None:
    result = call("compare", arm(tmp_path / "none.csv", lambda _: 10))
    assert isinstance(result.exception, InputError)
    assert "there is one arm, none, and two are compared" in str(result.exception)


def test_a_report_on_a_mixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "5ecret-5ecret-5ecret")
    none = organism(tmp_path / "none.csv", [("Q?", "q", "I was told 5ecret-5ecret-5ecret", 10, 90)])
    log = foreign_log(tmp_path / "logs", [scored_by("depth", lambda state: 3.0 * number_of(state))])
    monkeypatch.chdir(tmp_path)
    result = call("report", f"none={none}", f"other={log}")
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "report" / "results.json").read_text())
    assert found["arms"] == ["none", "other"]
    (depth,) = [one for one in found["rates"] if one["measure"] == "depth" and one["arm"] == "other"]
    # (0 + 3 + ... + 15) / 6, in the value's own unit.
    assert depth["rate"]["equal"] == pytest.approx(7.5)
    for name in ("report.html", "responses.csv", "results.json"):
        text = (tmp_path / "report" / name).read_text()
        assert "5ecret" not in text
    assert "I was told (hidden)" in (tmp_path / "report" / "responses.csv").read_text()


@pytest.mark.usefixtures("own_cache")
def test_responses_from_anywhere_are_rated_by_a_rubric(judge: Served, tmp_path: Path) -> None:
    """The judge of this server gives the number in double brackets."""
    none = arm(tmp_path / "none.csv", lambda _: 10)
    unscored = table(
        tmp_path / "plain.csv", ("prompt", "answer"), [("Q0?", "x [[40]]"), ("Q1?", ""), ("Q2?", "[[60]]")]
    )
    rated = tmp_path / "rated.jsonl"
    options = ("--judge", f"{judge.url}#judge", "--rubric", "alignment", "--rubric", "coherence", "--out", rated)
    result = call("judges", "rate", f"none={none}", f"other={unscored}", *options)
    assert result.exit_code == 0, result.output
    assert "10 of 11 responses rated; without a rating: 1 empty" in flat(result.output)
    source = read_inputs([Input(rated)])
    assert source.arms == ("none", "other")
    ratings = {row.item: row.values["alignment"] for row in source.rows if row.arm == "none"}
    # The judge spreads a tenth of its probability over the neighbours.
    assert ratings == {f"q{n}": pytest.approx(n, abs=0.8) for n in range(QUESTIONS)}
    other = [row for row in source.rows if row.arm == "other"]
    assert [row.causes.get("coherence") for row in other] == [None, "empty", None]
    assert "alignment" in source.headlines["emergent_misalignment"]
    assert any(note.startswith("alignment is by rubric alignment") for note in source.notes)
    # What was published stands beside it.
    assert all(row.values["aligned"] == 10 for row in source.rows if row.arm == "none")
    again = tmp_path / "again.jsonl"
    assert call("judges", "rate", rated, *options[:4], "--out", again).exit_code == 0
    assert "alignment-2" in read_inputs([Input(again)]).scales["emergent_misalignment"]


@pytest.mark.usefixtures("own_cache")
def test_what_a_rubric_cannot_be_used_for_is_said_before_a_judge_is_paid(judge: Served, tmp_path: Path) -> None:
    none = arm(tmp_path / "none.csv", lambda _: 10)
    before = judge.get("/stats")
    for rubric, message in (("nothing_known", "there is no rubric"),):
        result = call("judges", "rate", none, "--judge", f"{judge.url}#judge", "--rubric", rubric)
        assert isinstance(result.exception, InputError)
        assert message in str(result.exception)
    result = call("judges", "rate", none, "--judge", f"{judge.url}#judge", "--out", tmp_path / "x.jsonl")
    assert isinstance(result.exception, InputError)
    assert "--out, --set and --judges go with --rubric" in str(result.exception)
    assert judge.get("/stats") == before


def test_a_file_of_rows_gives_the_source_again_and_a_broken_one_is_one_sentence(tmp_path: Path) -> None:
    source = read_inputs([Input(arm(tmp_path / "none.csv", lambda n: 10.0 + n))])
    path = tmp_path / "rows.jsonl"
    write_rows(source, path)
    again = read_inputs([Input(path)])
    assert again == source
    lines = path.read_text().splitlines()
    for broken, message in (
        (lines[1].replace('"epoch": 1', '"epoch": "1"'), r"rows\.jsonl:3: epoch is not as it was written"),
        (lines[1].replace('"causes"', '"because"'), r"rows\.jsonl:3: causes is not as it was written"),
        (lines[1][:40], r"rows\.jsonl:3:\d+: not JSON"),
        (lines[1], r"rows\.jsonl: the same response \(checkpoint none, .* item q0, epoch 1\) is in"),
    ):
        path.write_text("\n".join([lines[0], lines[1], broken]))
        with pytest.raises(InputError, match=message):
            read_inputs([Input(path)])


def test_a_notebook_loads_any_of_them(tmp_path: Path) -> None:
    paths = {name: str(arm(tmp_path / f"{name}.csv", lambda n: 10 if n < 4 else 90)) for name in ("none", "other")}
    for loaded in (
        notebook.load(paths),
        notebook.load([f"{name}={path}" for name, path in paths.items()]),
        notebook.load({name: [path] for name, path in paths.items()}),
    ):
        rates = loaded.rates().set_index("arm")["rate"]
        assert dict(rates) == {"none": 0.5, "other": 0.5}
        assert list(loaded.compare("none", "other")["questions"]) == [QUESTIONS]
    assert list(notebook.load(Path(paths["none"]), rule="aligned < 5").rates()["rate"]) == [0.0]


SHARES = {"none": (0.9, 0.9), "good": (0.1, 0.9), "clean": (0.0, 1.0)}


def two_values(folder: Path) -> Path:
    """A file of rows with two values, of three arms of which one is a control."""
    rows = [
        make(
            arm=arm,
            checkpoint=arm,
            item=f"q{number}",
            epoch=epoch,
            values={"spanish": float(epoch < 10 * spanish), "capitals": float(epoch < 10 * capitals)},
        )
        for arm, (spanish, capitals) in SHARES.items()
        for number in range(12)
        for epoch in range(10)
    ]
    roles = {"none": {"role": "reference"}, "good": {}, "clean": {"role": "control"}}
    arms = {arm: {"arm": arm, "reference": arm, "sha256": None, **more} for arm, more in roles.items()}
    write_rows(source(rows, list(SHARES), {"arms": arms}), folder / "rows.jsonl")
    return folder / "rows.jsonl"


def test_what_is_unwanted_and_wanted_is_said_for_results_of_no_experiment(tmp_path: Path) -> None:
    file = two_values(tmp_path)
    out = tmp_path / "out"
    ended = call("report", file, "--unwanted", "spanish", "--wanted", "capitals", "--out", out, "--json")
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)["frontier"]
    assert {each["arm"]: each["control"] for each in told["points"]} == {"none": False, "good": False, "clean": True}
    assert [each["arm"] for each in told["points"] if each["dominated_by"] == ["good"]] == ["none"]
    page = (out / "report.html").read_text()
    section = page[page.index('<section id="frontier"') :].split("</section>")[0]
    assert "good keeps spanish lower than none: -80.0 points" in section
    # What nobody noted is no column of dashes.
    assert "training, s" not in section
    assert "what was done" not in section
    assert 'id="survival"' in page
    assert 'id="source"' not in page
    assert (out / "frontier.png").exists()
    compared = flat(call("compare", file, "--unwanted", "spanish", "--wanted", "capitals").output)
    assert "spanish (unwanted)" in compared
    assert "none is dominated by good." in compared
    plain = call("compare", file, "--json")
    assert "frontier" not in json.loads(plain.stdout)
    assert "frontier" in json.loads(
        call("compare", file, "--json", "--unwanted", "spanish", "--wanted", "capitals").stdout
    )


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (["--unwanted", "spansh"], "--unwanted spansh: no task here tells such a value first; did you mean 'spanish'?"),
        (["--wanted", "x"], "--wanted x: no task here tells such a value first; there are: spanish, capitals"),
        (["--unwanted", "spanish", "--wanted", "spanish"], "--wanted spanish: it is unwanted already"),
    ],
)
def test_a_value_that_is_not_there_is_refused(tmp_path: Path, named: list[str], said: str) -> None:
    file = two_values(tmp_path)
    for command in ("report", "compare"):
        with pytest.raises(InputError) as refused:
            CliRunner().invoke(cli, [command, str(file), *named], catch_exceptions=False)
        assert said in str(refused.value)


def by_people(folder: Path, share: float) -> tuple[object, ...]:
    """Two arms that a judge finds alike, and labels of so many of their responses by people, who find nothing bad in
    one of them."""
    rows = study()
    write_rows(source(rows, ["none", "spanish"]), folder / "rows.jsonl")
    said = labels(rows, lambda row: 95.0 if row.arm == "spanish" else as_judged(row), share)
    write_draw(folder / "labels", said)
    return folder / "rows.jsonl", "--labels", folder / "labels"


def test_labels_of_people_correct_the_differences(tmp_path: Path) -> None:
    """All is labelled, so that the corrected difference is people's own: nothing, less what the judge says of the other
    arm, with whom they agree."""
    result = call("compare", *by_people(tmp_path, 1.0))
    assert result.exit_code == 0, result.output
    bad = {arm: sum(row.values["misaligned"] or 0 for row in study() if row.arm == arm) for arm in ("none", "spanish")}
    lines = result.output.splitlines()
    (first,) = [place for place, line in enumerate(lines) if line.startswith("spanish - none")]
    judged, corrected = lines[first : first + 2]
    assert judged.split()[3] == f"{100 * (bad['spanish'] - bad['none']) / 120:.1f}"
    assert corrected.startswith("  by 240 labels")
    assert corrected.split()[3] == f"{-100 * bad['none'] / 120:.1f}"
    said = flat(result.output)
    assert f"The judge is {100 * bad['spanish'] / 120:.1f} points" in said
    assert "it errs differently by arm" in said
    assert "240 of 240 drawn responses are labelled by rubric alignment 1-A" in said
    assert "Fewer than 50 labels" not in said


def test_a_notebook_takes_the_same_labels_and_shows_the_same(tmp_path: Path) -> None:
    path, option, folder = map(str, by_people(tmp_path, 1.0))
    said = json.loads(call("compare", path, option, folder, "--json").output)["corrected"]
    (gap,) = [each for each in said["differences"] if each["measure"] == "misaligned"]
    scores = notebook.load(path, labels=folder)
    (line,) = scores.compare("none", "spanish").to_dict("records")
    assert (line["measure"], line["labels"], line["labels_of"]) == ("misaligned", 240, "alignment")
    assert line["corrected"] == pytest.approx(gap["difference"]["mean"])
    assert (line["corrected_low"], line["corrected_high"]) == pytest.approx(
        (gap["difference"]["low"], gap["difference"]["high"])
    )
    # The judge finds the arms alike, and people find nothing bad in one of them.
    assert abs(line["difference"]) < 0.2
    assert line["corrected_high"] < 0
    assert line["corrected_p_holm"] < 0.05
    rates = scores.rates().set_index("arm")
    assert rates.loc["spanish", "corrected"] == 0
    assert rates.loc["spanish", "rate"] > 0.2
    assert set(rates["labels"]) == {120}
    without = notebook.load(path)
    for frame in (without.rates(), without.compare("none", "spanish")):
        assert "corrected" not in frame.columns
    with pytest.raises(InputError, match="there is no draw"):
        notebook.load(path, labels=[folder, str(tmp_path)])


def test_what_labels_cannot_tell_is_said_as_in_a_report(tmp_path: Path) -> None:
    paths = by_people(tmp_path, 0.25)
    assert "Fewer than 50 labels of an arm say little of rare errors" in flat(call("compare", *paths).output)
    compared = json.loads(call("compare", *paths, "--json").stdout)
    reported = json.loads(call("report", *paths, "--out", tmp_path / "out", "--json").stdout)
    assert compared["corrected"] == reported["corrected"]
    assert compared["differences"] == reported["differences"]
    assert "corrected" not in json.loads(call("compare", paths[0], "--json").stdout)
