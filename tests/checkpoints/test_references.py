"""What a reference is taken for: weights here, weights of the hub, a model of a provider, an address, or an error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.checkpoints.arms import check_url, is_hosted, read_arms, split_arm
from inoc_evals.checkpoints.providers import known_providers
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.client.models import named_model
from inoc_evals.errors import InputError
from tests.checkpoints.hub import Repository, mirror, mirrored, model


@pytest.mark.parametrize(
    "reference",
    [
        "ollama/llama3",
        "hf/gpt2",
        "perplexity/sonar",
        "openai/gpt-4o",
        "mistral/large",
        "http://h/v1#m",
        "HTTP://h/v1#m",
    ],
)
def test_models_of_providers_and_addresses_are_hosted(reference: str) -> None:
    assert is_hosted(reference)


@pytest.mark.parametrize(
    "reference", ["smollm2", "Qwen/Qwen2.5-7B-Instruct", "mistralai/Mistral-7B", "hub:google/gemma-2b"]
)
def test_others_are_weights(reference: str) -> None:
    assert not is_hosted(reference)


def test_a_name_that_both_know_is_the_providers_and_can_be_the_hubs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub_cache: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_hosted("google/gemma-2b")
    assert is_hosted("google/gemma-2b/folder")
    gemma = Repository("google/gemma-2b", {"main": model(), "refs/pr/1": model(1)})
    commits = {revision: mirror(hub_cache, gemma, revision) for revision in gemma.revisions}
    found = resolve("hub:google/gemma-2b@refs/pr/1")
    assert (found.kind, found.pinned) == ("hub", f"google/gemma-2b@{commits['refs/pr/1']}")
    # Commands that take nothing but weights need no word for it.
    assert resolve("google/gemma-2b").pinned == f"google/gemma-2b@{commits['main']}"
    (member,) = read_arms(["a=hub:google/gemma-2b"])
    assert member.checkpoint is not None
    # What lies here comes before all others.
    (tmp_path / "google" / "gemma-2b").mkdir(parents=True)
    assert not is_hosted("google/gemma-2b")
    with pytest.raises(InputError, match="is no id of the hub; write hub:ORG/NAME"):
        resolve("hub:gemma")


def test_the_message_tells_how_to_name_weights_of_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(InputError) as caught:
        named_model("openai/gpt-oss-20b", "checkpoint")
    message = str(caught.value)
    assert "No OPENAI_API_KEY" in message
    assert message.endswith("for weights of that name on the hub write hub:openai/gpt-oss-20b")
    assert "[" not in message
    assert "\n" not in message
    with pytest.raises(InputError, match="inspect knows no provider 'opnai'; did you mean 'openai'"):
        named_model("opnai/gpt-4o")


def test_a_server_of_inspects_own_is_refused_for_a_checkpoint() -> None:
    with pytest.raises(InputError, match=r"write 'Qwen/Qwen2\.5-7B', for which a vLLM server is started, or URL#MODEL"):
        read_arms(["a=vllm/Qwen/Qwen2.5-7B"])


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("~nouser/x", "there is no user 'nouser'; write the whole path"),
        ("x" * 300, "cannot be looked at (File name too long)"),
        (f"org/{'x' * 300}", "is no folder, no hub id"),
        ("nul\0", "holds a character that no name may hold"),
        ("\ud800/x", "holds a character that no name may hold"),
        ("http://[::1#m", "'http://[::1' is no address"),
        ("http://h:99999/v1#m", "is no address"),
        ("http://h:x/v1#m", "is no address"),
        ("http:///v1#m", "is no address"),
        ("http://a b/v1#m", "is no address"),
        ("http://h/v1", "names no model; write URL#MODEL"),
        ("http://h/v1# ", "names no model; write URL#MODEL"),
        ("org/name\n", "is no folder, no hub id"),
        ("/etc/passwd/x", "is no folder, no hub id"),
        ("/etc/passwd", "this is a file"),
        ("[red]", "'[red]' is no folder, no hub id"),
        ("", "names no checkpoint"),
    ],
)
def test_wrong_references_are_clear_errors(reference: str, message: str) -> None:
    for text in (reference, f"a={reference}"):
        with pytest.raises(InputError) as caught:
            read_arms([text])
        assert message in str(caught.value)
        assert len(str(caught.value)) < 250


def test_all_wrong_references_are_told_at_once(tmp_path: Path, hub_cache: Path) -> None:
    mirrored(hub_cache, "org/m")
    with pytest.raises(InputError) as caught:
        read_arms(["a=~nouser/x", f"b={tmp_path}", "c=http://[::1#m", "d=", "e=org/m", "e=org/m"])
    assert len(caught.value.faults) == 5


@given(st.text(max_size=400))
def test_any_text_is_a_checkpoint_or_an_input_error(text: str) -> None:
    assert "\n" not in complaint_about(text)


def complaint_about(text: str) -> str:
    try:
        arm, reference = split_arm(text)
        is_hosted(reference)
    except InputError as error:
        return str(error)
    assert arm
    assert text.endswith(reference)
    return ""


@given(st.text(st.sampled_from("htps:/[]@#?%.0129a \t\n"), max_size=30))
def test_any_address_can_be_used_or_is_refused(text: str) -> None:
    import httpx

    url = f"http://{text}"
    try:
        check_url(url, "VARIABLE")
    except InputError:
        return
    assert httpx.URL(url).host


def test_looking_for_providers_loads_none_of_them() -> None:
    code = (
        "import sys; from inoc_evals.checkpoints.arms import is_hosted; assert is_hosted('hf/gpt2')\n"
        "print(sorted({'torch', 'transformers', 'vllm', 'openai', 'anthropic'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert {"openai", "ollama", "hf", "perplexity", "google", "mockllm"} <= known_providers()
