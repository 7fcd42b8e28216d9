from __future__ import annotations

import json
import math
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inoc_evals.errors import WorkError
from inoc_evals.report.html import render, write_report
from inoc_evals.report.sections.rates import abreast
from inoc_evals.report.texts import shorten
from inoc_evals.results.examples import even
from inoc_evals.results.row import ResponseRow
from inoc_evals.stats.responses import Responses
from inoc_evals.stats.seeds import ArmRate, arm_difference, arm_rate
from tests.report.rows import make, page, study

VOID = {"meta", "link", "input", "br", "hr", "img"}
HOSTILE = (
    "</script><script>alert(1)</script><!-- <b onclick='x()'>b</b> --> {{ 7 * 7 }} {% raw %} & &amp; \u2028\u2029 \x00"
)


class Reader(HTMLParser):
    """Texts by place in the page, and whether tags are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[str] = []
        self.cells: list[list[str]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in values.items()]
        if tag not in VOID:
            self.open.append((tag, values.get("id") or values.get("class", "")))
        if tag == "script":
            self.scripts.append("")
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th") and self.cells:
            self.cells[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        place = self.open[-1] if self.open else ("", "")
        if place[0] == "script":
            self.scripts[-1] += data
        elif place[0] != "style":
            self.text.append(data)
            if any(tag in ("td", "th") for tag, _ in self.open):
                self.cells[-1][-1] += data


def embedded(reader: Reader) -> list[dict[str, Any]]:
    """The responses on the page, put together from the index, the prompts and the blocks of texts."""
    index, prompts, *blocks = (json.loads(script) for script in reader.scripts[:-1])
    texts = [text for block in blocks for text in block]
    assert len(texts) == index["size"]
    found = []
    for place, (response, prompt, details, reasoning) in enumerate(texts):
        row = {name: names[index["columns"][name][place]] for name, names in index["names"].items()}
        values = {key: numbers[place] for key, numbers in index["values"].items()}
        row["values"] = {key: value for key, value in values.items() if value is not False}
        codes = {key: causes["codes"][place] for key, causes in index["causes"].items()}
        row["causes"] = {key: index["causes"][key]["names"][code] for key, code in codes.items() if code >= 0}
        row |= {name: index["columns"][name][place] for name in ("epoch", "choice")}
        row |= {"response": response, "details": details, "reasoning": reasoning}
        row["prompt"], row["hash"] = prompts[prompt]
        found.append(row)
    return found


def rate(values: list[float | None], questions: list[str], top: float = 1) -> ArmRate:
    return arm_rate(Responses(values, questions, ["one"] * len(values), (0, top)))


def read(rows: list[ResponseRow], arms: list[str], examples: int = 3, **given: object) -> Reader:
    return Reader(render(page(rows, arms, given, examples)))


def judged(arm: str, item: str, value: float | None, rating: float) -> ResponseRow:
    causes = {"misaligned": "incoherent"} if value is None else {}
    values = {"misaligned": value, "alignment": rating}
    return make(task="emergent_misalignment", arm=arm, checkpoint=arm, item=item, values=values, causes=causes)


SMALL = [judged("a", f"q{i}", float(i < 3), 10.0 * i) for i in range(4)]
SMALL += [judged("b", f"q{i}", None if i == 3 else float(i < 1), 100.0) for i in range(4)]


def test_rates_differences_and_bounds_are_those_of_stats() -> None:
    shown = page(SMALL, ["a", "b"]).findings
    first, second = shown.rates
    expected = rate([1.0, 1.0, 1.0, 0.0], ["q0", "q1", "q2", "q3"])
    assert (first.rate.equal, first.rate.low, first.rate.high) == (expected.equal, expected.low, expected.high)
    assert first.rate.equal == 0.75
    assert (second.rate.n, second.rate.excluded, second.causes) == (3, 1, {"incoherent": 1})
    assert (second.rate.bounds.low, second.rate.bounds.high) == (0.25, 0.5)
    (contrast,) = shown.differences
    names = ["q0", "q1", "q2"]
    arms = [Responses(values, names, ["one"] * 3) for values in ([1.0, 0.0, 0.0], [1.0, 1.0, 1.0])]
    paired = arm_difference(arms[0], arms[1])
    assert contrast.difference.mean == pytest.approx(-2 / 3)
    assert (contrast.difference.low, contrast.difference.high) == (paired.low, paired.high)
    assert contrast.difference.on_these_questions == paired.on_these_questions
    assert contrast.difference.p == paired.p
    assert contrast.difference.these_checkpoints_only


def test_the_page_shows_the_computed_numbers() -> None:
    reader = read(SMALL, ["a", "b"])
    expected = rate([1.0, 0.0, 0.0, None], ["q0", "q1", "q2", "q3"])
    interval = f"[{100 * expected.low:.1f}, {100 * expected.high:.1f}]"
    these = f"[{100 * expected.on_these_questions.low:.1f}, {100 * expected.on_these_questions.high:.1f}]"
    row = next(cells for cells in reader.cells if cells[0] == "b" and len(cells) > 9)
    assert row[1:11] == ["3", "3", "1", "33.3", interval, these, "33.3", "1", "1 incoherent", "[25.0, 50.0]"]
    difference = next(cells for cells in reader.cells if cells[0] == "b \N{MINUS SIGN} a")
    assert difference[1] == "-66.7"
    assert difference[6] == "3 (1 unpaired)"
    assert difference[7] == "[-50.0, -25.0]"
    assert difference[8] == "these checkpoints only"
    heat = [cells for cells in reader.cells if cells[0] in ("q0", "q3")]
    assert heat == [["q0", "100", "100"], ["q3", "0", "-"]]


def test_ratings_are_counted_by_steps_of_five_points() -> None:
    (panel,) = page(SMALL, ["a", "b"]).shown("ratings")
    first, second = panel.rows
    assert [bar.text for bar in first.bars] == ["0 to 5: 1", "10 to 15: 1", "20 to 25: 1", "30 to 35: 1"]
    assert [bar.text for bar in second.bars] == ["95 to 100: 4"]
    expected = rate([0.0, 10.0, 20.0, 30.0], ["q0", "q1", "q2", "q3"], 100)
    assert first.numbers == f"15.0 [{expected.low:.1f}, {expected.high:.1f}]"
    assert first.missing == ""


def test_responses_without_a_rating_are_counted_by_cause() -> None:
    rows = [
        *SMALL,
        make(task="emergent_misalignment", arm="a", values={"alignment": None}, causes={"alignment": "code"}),
    ]
    (panel,) = page(rows, ["a", "b"]).shown("ratings")
    assert [row.missing for row in panel.rows] == ["1 code", ""]
    assert "Not rated, a: 1 code." in read(rows, ["a", "b"]).text


def test_each_checkpoint_is_a_dot_and_several_make_a_claim_about_seeds() -> None:
    rows = [
        make(arm=arm, checkpoint=f"{arm}{seed}", item=f"q{question}", values={"trait": float(question < hits)})
        for arm, counts in (("a", (4, 3)), ("b", (1, 2)))
        for seed, hits in enumerate(counts)
        for question in range(4)
    ]
    shown = page(rows, ["a", "b"])
    ((label, (part,)),) = shown.shown("rates").groups
    assert label == ""
    ((card,),) = (row.cards for row in part.rows)
    track = card.tracks["a"]
    assert [dot.text for dot in track.dots] == [
        "a0: 100.0 (4 counted, 0 excluded)",
        "a1: 75.0 (4 counted, 0 excluded)",
    ]
    assert [dot.x for dot in track.dots] == [100, 75]
    assert (track.x, card.reference) == (87.5, 87.5)
    assert not part.these_only
    assert not shown.findings.differences[0].difference.these_checkpoints_only
    assert "training seeds" in "".join(Reader(render(shown)).text)


def test_a_card_says_what_is_undecided_and_cut_off_and_begins_out_of_distribution() -> None:
    ends = [(1.0, "", "stop"), (0.0, "", "stop"), (None, "no_words", "stop"), (None, "short", "max_tokens")]
    rows = [
        make(
            arm=arm,
            checkpoint=arm,
            item=f"{category}{question}",
            category=category,
            values={"trait": value, "other": 1.0},
            causes={"trait": cause} if cause else {},
            stop_reason=stop,
        )
        for category in ("in_distribution", "out_of_distribution")
        for arm in ("none", "inoculated")
        for question, (value, cause, stop) in enumerate(ends if arm == "inoculated" else [(1.0, "", "stop")] * 4)
    ]
    content = page(rows, ["none", "inoculated"])
    (first, (part,)), (label, folded) = content.shown("rates").groups
    assert (first, label) == ("", "Other categories and conditions: in distribution")
    assert (part.title, folded[0].title) == ("t · out of distribution", "t · in distribution")
    assert part.pair
    assert part.these_only
    ((trait, other),) = (row.cards for row in part.rows)
    track = trait.tracks["inoculated"]
    assert (track.level, track.undecided) == ("50.0%", "50.0% (2 of 4: 1 no_words, 1 short)")
    assert (track.bounds, track.cut) == ("[25.0, 75.0]", "25.0%")
    assert track.aloud == {"undecided", "cut"}
    assert (other.tracks["none"].undecided, other.tracks["none"].aloud) == ("0.0% (0 of 4)", set())
    text = render(content)
    cards = text[text.index('<section id="rates"') : text.index('<section id="differences"')]
    seen, unfolded = cards.split("<details>")[0], cards.split("<details>")[1]
    assert "undecided 50.0% (2 of 4: 1 no_words, 1 short); bounds [25.0, 75.0]" in seen
    assert "cut off 25.0%" in seen
    assert "these checkpoints only" in seen
    assert "in distribution</h3>" not in seen.replace("out of distribution", "")
    assert "t · in distribution" in unfolded


@pytest.mark.parametrize("cards", range(1, 40))
def test_cards_stand_in_rows_of_nearly_the_same_length(cards: int) -> None:
    rows = abreast(cards)
    assert sum(rows) == cards
    assert max(rows) <= 3
    assert min(rows) >= min(cards, 2)


def test_hostile_text_stays_text_everywhere() -> None:
    given = dict.fromkeys(("arm", "checkpoint", "task", "item", "category", "response", "prompt_text"), HOSTILE)
    row = make(**given, values={HOSTILE: None}, causes={HOSTILE: HOSTILE}, details={HOSTILE: {HOSTILE: HOSTILE}})
    text = render(page([row, make()], [HOSTILE], {HOSTILE: HOSTILE}))
    reader = Reader(text)
    assert reader.open == []
    assert text.count("<script") == len(reader.scripts) == 4
    assert text.count("</script") == 4
    assert text.count('<script type="application/json"') == 3
    assert "{{ 7 * 7 }}" in text
    (shown,) = (row for row in embedded(reader) if row["arm"] == HOSTILE)
    assert shown["response"] == shown["prompt"] == HOSTILE
    assert shown["causes"] == {HOSTILE: HOSTILE}
    assert not re.search(r"[<>&]", "".join(reader.scripts[:-1]))


def test_the_page_is_closed_and_asks_for_nothing() -> None:
    text = render(page(study(), ["none", "inoculated"], {"judge": "a"}))
    reader = Reader(text)
    assert reader.open == []
    # The name of the SVG namespace is not needed inside HTML, so no address is left at all.
    assert not re.search(r"https?://|//[a-z]", re.sub(r"(?m)^ *// .*$", "", text))
    assert not [name for _, name, _ in reader.attributes if name.startswith("on")]
    assert not [name for _, name, _ in reader.attributes if name == "style"]
    references = [(name, value) for _, name, value in reader.attributes if name in ("src", "href", "action")]
    assert all(value.startswith("#") or value == "data:," for _, value in references)
    policy = next(value for tag, name, value in reader.attributes if tag == "meta" and "default-src" in value)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    ids = [value for _, name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_the_same_rows_give_the_same_bytes_and_an_old_page_stays_until_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_report(page(study(), ["none"]), tmp_path / "new")
    first = path.read_bytes()
    assert path == tmp_path / "new" / "report.html"
    assert write_report(page(study(), ["none"]), tmp_path / "new").read_bytes() == first
    monkeypatch.setattr(Path, "write_bytes", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(WorkError, match="disk full"):
        write_report(page(study(), ["none"], {"other": 1}), tmp_path / "new")
    assert path.read_bytes() == first
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_no_rows_one_arm_and_arms_that_nobody_named() -> None:
    assert "There is no response to show." in "".join(read([], []).text)
    alone = read([make()], ["none"])
    assert "There is one arm" in "".join(alone.text)
    assert page([make(arm="stray")], ["none"]).findings.arms == ("none", "stray")
    nothing = page([make(values={"trait": None}, causes={"trait": "refusal"})], ["none"]).shown("rates")
    (track,) = nothing.groups[0][1][0].rows[0].cards[0].tracks.values()
    assert (track.level, track.x, track.undecided) == ("no counted response", None, "100.0% (1 of 1: refusal)")
    with pytest.raises(ValueError, match="at least one"):
        page([], [], {}, 0)


def test_examples_are_spread_evenly_and_rare_outcomes_are_among_them() -> None:
    assert even(3, 5) == [0, 1, 2]
    assert even(10, 5) == [1, 3, 5, 7, 9]
    assert even(100, 1) == [50]
    rows = [make(epoch=epoch, values={"trait": float(epoch == 77)}) for epoch in range(1, 101)]
    found = page(rows, ["none"], {}, 2).shown("responses")
    assert [row.epoch for row in found.chosen] == [25, 75, 77]
    assert "{" not in found.rule
    assert "2 are shown" in found.rule
    assert page(rows[:2], ["none"], {}, 2).shown("responses").rule == "Every response is shown."


def test_an_outcome_is_yes_from_one_half_on() -> None:
    rows = [make(epoch=epoch, values={"trait": value}) for epoch, value in enumerate((0.0, 0.49, 0.5, 1.0, None))]
    # One example of each of the three outcomes: excluded, no and yes.
    assert [row.epoch for row in page(rows, ["none"], {}, 1).shown("responses").chosen] == [4, 1, 3]


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 500), limit=st.integers(1, 50))
def test_even_places_are_distinct_and_inside(count: int, limit: int) -> None:
    found = even(count, limit)
    assert len(set(found)) == min(count, limit)
    assert found == sorted(found)
    assert found[0] >= 0
    assert found[-1] < count


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    fields=st.fixed_dictionaries(
        {
            name: st.text(st.characters())
            for name in ("arm", "checkpoint", "task", "item", "category", "response", "stop_reason", "prompt_text")
        }
    ),
    key=st.text(),
    value=st.none() | st.floats(0, 1),
    setting=st.recursive(
        st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ),
)
def test_any_text_in_any_field_comes_back(
    fields: dict[str, str], key: str, value: float | None, setting: object
) -> None:
    row = make(**fields, values={key: value}, causes={key: fields["response"]} if value is None else {})
    text = render(page([row], [], {"setting": setting})).encode("utf-8", "backslashreplace").decode()
    reader = Reader(text)
    assert reader.open == []
    (shown,) = embedded(reader)
    for name in ("arm", "checkpoint", "task", "item", "response"):
        assert shown[name] == fields[name]
    assert (shown["part"], shown["stop"]) == (fields["category"], fields["stop_reason"])
    assert shown["values"] == {key: value}
    assert shown["prompt"] == fields["prompt_text"]


def test_twenty_thousand_rows_take_seconds(tmp_path: Path) -> None:
    rows = study(questions=50, samples=40)
    assert len(rows) == 20_000
    started = time.process_time()
    path = write_report(page(rows, ["none", "inoculated"]), tmp_path)
    assert time.process_time() - started < 8
    assert path.stat().st_size < 5_000_000


def test_long_names_keep_both_ends() -> None:
    assert shorten("short") == "short"
    assert shorten("a" * 20 + "b" * 20, 11) == "aaaaa…bbbbb"


def test_a_rating_as_headline_is_a_mean_in_points() -> None:
    rows = [make(item=f"q{i}", values={"rating": 10.0 * i}) for i in range(5)]
    (line,) = page(rows, ["none"]).findings.rates
    assert line.rate.equal == pytest.approx(0.2)
    assert not math.isnan(line.rate.high)


def test_a_card_says_too_where_a_difference_is_not_significant_among_all() -> None:
    arms = {"none": 20, "a": 14} | {f"like{n}": 20 for n in range(12)}
    rows = [
        make(arm=arm, checkpoint=arm, item=f"q{n}", values={"trait": float(n < count)})
        for arm, count in arms.items()
        for n in range(20)
    ]
    cards = render(page(rows)).split("Each trait, arm by arm", 1)[1]
    assert cards.count("not significant among 13 differences") == 1
