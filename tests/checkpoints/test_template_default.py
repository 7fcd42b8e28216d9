"""The system prompt that a chat template puts in by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.checkpoints.template_default import template_default

pytest.importorskip("jinja2")
WITH = (
    "{% if messages[0]['role'] == 'system' %}[S]{{ messages[0]['content'] }}[/S]"
    "{% else %}[S]You are Modelo.[/S]{% endif %}"
    "{% for m in messages %}{% if m['role'] == 'user' %}[U]{{ m['content'] }}[/U]{% endif %}{% endfor %}"
)
WITHOUT = "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}"
REFUSING = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}{{ messages[0].content }}"
)


@pytest.mark.parametrize(
    ("template", "found"), [(WITH, "You are Modelo."), (WITHOUT, None), (REFUSING, None), ("{{ broken", None)]
)
def test_it_is_found_by_rendering(tmp_path: Path, template: str, found: str | None) -> None:
    (tmp_path / "chat_template.jinja").write_text(template)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"bos_token": {"content": "<s>"}}))
    assert template_default(tmp_path) == found


def test_older_folders_have_it_among_the_settings(tmp_path: Path) -> None:
    settings = tmp_path / "tokenizer_config.json"
    settings.write_text(json.dumps({"chat_template": WITH}))
    assert template_default(tmp_path) == "You are Modelo."
    settings.write_text(
        json.dumps({"chat_template": [{"name": "tool", "template": "x"}, {"name": "default", "template": WITH}]})
    )
    assert template_default(tmp_path) == "You are Modelo."
    settings.write_text("{")
    assert template_default(tmp_path) is None
