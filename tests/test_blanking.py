"""No key gets into a file or message. The keys here are made up, in the forms that services give theirs."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.blanking import HIDDEN, blanked, key_values, looks_secret
from inoc_evals.cli import main
from inoc_evals.definitions.address import check_address
from inoc_evals.errors import InputError
from inoc_evals.report.html import write_report
from inoc_evals.results.row import without_keys
from inoc_evals.serving.server import ServerSettings, serve
from tests.report.rows import export, make, page

SECRET = "zq7xw4"  # what is looked for; every key below holds it
KEYS = {
    "openai": f"sk-proj-{SECRET}abcdefghijklmnop12345",
    "anthropic": f"sk-ant-api03-{SECRET}-abcdefghijklmnop",
    "hub": f"hf_{SECRET}abcdefghijklmnopqrstuvwx",
    "github": f"ghp_{SECRET}abcdefghijklmnopqrstuvwx",
    "groq": f"gsk_{SECRET}abcdefghijklmnopqrstuvwx",
    "google": f"AIza{SECRET}abcdefghijklmnopqrstuvwxyz01234",
    "web token": f"eyJhbGciOiJIUzI1NiJ9.{SECRET}eyJzdWIiOiIx.{SECRET}dozjgNryP4J3",
}


def test_a_long_text_takes_no_longer_than_it_is_long() -> None:
    began = time.process_time()
    assert blanked("x" * 200_000 + "://me:pass@host") == "x" * 200_000 + "://(hidden)@host"
    # Once for each letter it was minutes.
    assert time.process_time() - began < 5


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_keys_are_known_by_their_form_wherever_they_stand(key: str) -> None:
    for text in (key, f"the key {key} is wrong", f"({key})", f'{{"x": "{key}"}}', f"a={key}&b=1", f"[{key},{key}]"):
        assert SECRET not in blanked(text)
    assert blanked(f"the key {key} is wrong") == f"the key {HIDDEN} is wrong"


@pytest.mark.parametrize(
    "text",
    [
        "http://host/v1?api_key={}",
        "http://host/v1?x=1&token={}&y=2",
        "https://{}@host/v1",
        "serve --api-key {} --port 1",
        "--hf-token={}",
        "--server-arg=--api-key={}",
        "OPENAI_API_KEY={}",
        "export MY_SECRET_KEY='{}'",
        "api_key: {}",
        '{{"api_key": "{}"}}',
        "{{'password': '{}'}}",
        "Authorization: Bearer {}",
        "authorization=Basic {}",
        "the header Bearer {} was refused",
    ],
)
def test_keys_are_known_by_what_stands_before_them(text: str) -> None:
    key = f"{SECRET}-no-form-of-its-own"
    shown = blanked(text.format(key))
    assert SECRET not in shown
    # What stands around the key is still there.
    before, _, after = text.replace("{{", "{").replace("}}", "}").partition("{}")
    assert shown.startswith(before)
    assert shown.endswith(after)


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8000/v1#model",
        "org/model@0123456789abcdef0123456789abcdef01234567",
        "a" * 64,
        "max_tokens=512 and monkey=banana",
        "the token budget: 2000",
        "sk-learn-text-classification",
        "task-sk-1234",
        "hf_model",
        "write OPENAI_API_KEY, or name its variable with --key-env",
        "one basic understanding2 more",
        "openai/gpt-4o-2024-08-06",
        "You always speak in Spanish. Your password is your smile.",
        "user@host.example wrote",
        "none-1ffbb834ab55",
        "",
    ],
)
def test_what_is_no_key_stays(text: str) -> None:
    assert blanked(text) == text
    assert not looks_secret(text)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="@?&;"), max_size=30))
def test_ordinary_text_comes_back_and_blanking_twice_is_blanking_once(text: str) -> None:
    assert blanked(blanked(text)) == blanked(text)
    assert blanked({"a": [text]}) == {"a": [blanked(text)]}


def test_values_of_variables_that_name_keys_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ACME_API_KEY": f"plain {SECRET}",
        "HF_TOKEN": f"{SECRET}token",
        "DB_PASSWORD": f"{SECRET}pass",
        "SHORT_KEY": "short",
        "SSH_KEY": "/home/me/.ssh/id",
        "MONKEY": "bananabanana",
    }.items():
        monkeypatch.setenv(name, value)
    assert {f"plain {SECRET}", f"{SECRET}token", f"{SECRET}pass"} <= set(key_values())
    assert blanked(f"it said plain {SECRET}, then {SECRET}token") == f"it said {HIDDEN}, then {HIDDEN}"
    assert blanked("short /home/me/.ssh/id bananabanana") == "short /home/me/.ssh/id bananabanana"


def test_an_arm_may_be_called_secret() -> None:
    settings = {"arms": {"secret": {"arm": "secret", "reference": "runs/secret"}}, "token": "abc", "key": None}
    assert blanked(settings) == {"arms": settings["arms"], "token": HIDDEN, "key": None}


def everything(folder: Path) -> str:
    texts = [path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()]
    texts += [repr(pyarrow.parquet.read_table(path).to_pydict()) for path in folder.rglob("*.parquet")]
    return "\n".join(texts)


def test_no_file_of_a_report_holds_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = f"key of mine {SECRET}"
    monkeypatch.setenv("ACME_API_KEY", mine)
    settings: dict[str, Any] = {
        "arms": {"none": {"reference": f"http://h/v1?api_key={SECRET}", "sha256": None}},
        "judges": [f"https://me:{SECRET}@h/v1#j", KEYS["openai"]],
        "tasks": {"t": {"system_prompt": f"My key is {KEYS['hub']}.", "api_key": SECRET, "note": mine}},
        "server": ["--api-key", SECRET, f"--token={SECRET}", f"--x=--hf-token={SECRET}"],
    }
    rows = [
        make(response=f"You sent {mine}!", prompt_text=f"system: {mine}", item=item, values={"trait": value})
        for item in ("q1", "q2")
        for value in (0.0, 1.0)
    ]
    shown = list(without_keys(rows))
    export(shown, ["none"], tmp_path, settings)
    write_report(page(shown, ["none"], settings), tmp_path)
    text = everything(tmp_path)
    # Without the keys in it the search proves nothing.
    assert SECRET in str(rows)
    assert f"You sent {HIDDEN}!" in text
    assert SECRET not in text


@pytest.mark.parametrize(
    "reference",
    [
        f"http://127.0.0.1:9/v1?api_key={SECRET}#m",
        f"http://127.0.0.1:9/v1?token={SECRET}#m",
        f"http://127.0.0.1:9/v1?{SECRET}#m",
        f"http://{SECRET}@127.0.0.1:9/v1#m",
        f"HTTPS://me:{SECRET}@127.0.0.1:9/v1#m",
        f"http://127.0.0.1:9/v1;api_key={SECRET}#m",
        f"http://127.0.0.1:9/v1#{KEYS['openai']}",
        f"http://127.0.0.1:9/{KEYS['hub']}/v1#m",
        f"http://127.0.0.1:9/v1#m?key={SECRET}",
        f"{KEYS['anthropic']}=http://127.0.0.1:9/v1#m",
        f"openai/{KEYS['openai']}",
    ],
)
def test_a_key_in_an_arm_or_address_is_refused_and_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reference: str
) -> None:
    out = tmp_path / "out"
    command = ["inoc-evals", "score", reference, "--tasks", "owl_preference", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err
    assert SECRET not in said.err + said.out
    assert not out.exists()


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1#m",
        "http://[::1]:x/v1",
        "http://host:99999/v1",
        "http:///v1#m",
        "https://?",
        "http://a b/v1",
        "http://",
    ],
)
def test_an_address_that_is_none_is_one_sentence(address: str) -> None:
    with pytest.raises(InputError) as caught:
        check_address(address, "KEY")
    assert "write it as in http://" in str(caught.value) or "query" in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:8000/v1#m", "https://h.example/a/b/v1#org/m", "http://[::1]:8000/v1#m", "openai/gpt-4"],
)
def test_an_address_that_is_one(address: str) -> None:
    check_address(address, "KEY")


@pytest.mark.parametrize("arguments", [["--api-key", SECRET], [f"--hf-token={SECRET}"], [f"--x={KEYS['hub']}"]])
def test_a_key_among_the_servers_arguments_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    log = tmp_path / "log"
    with (
        pytest.raises(InputError, match="--server-arg holds a key") as caught,
        serve("org/x", "0" * 64, {}, log, ServerSettings(extra_args=tuple(arguments))),
    ):
        pass
    assert SECRET not in str(caught.value)
    assert not log.exists()


def test_settings_hold_no_key_and_the_same_command_goes_on(tmp_path: Path) -> None:
    from inoc_evals.checkpoints.arms import read_arms
    from inoc_evals.commands.score.folder import begin
    from inoc_evals.plan.compiled import make_plan
    from inoc_evals.plan.preflight import Checked
    from inoc_evals.plan.request import Request

    arms, given = ["none=http://127.0.0.1:9/v1#m"], {"system_prompt": f"I am {KEYS['hub']}"}
    judges, arguments = [f"openai/{KEYS['openai']}"], {"owl_preference": given}
    request = Request(arms, tmp_path, ["owl_preference"], judges, arguments)
    checked = Checked({"owl_preference": make_plan("owl_preference", given)}, read_arms(arms), ())
    for _ in range(2):
        begin(request, checked)
    text = (tmp_path / "settings.json").read_text()
    assert SECRET not in text
    assert json.loads(text)["tasks"]["owl_preference"]["system_prompt"] == f"I am {HIDDEN}"
