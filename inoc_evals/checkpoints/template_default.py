"""The system prompt that a model's chat template puts in where a conversation has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from inoc_evals.definitions.reading import read_object
from inoc_evals.errors import InputError

_SYSTEM, _QUESTION = "\N{SNOWMAN} what stands in the system's place \N{SNOWMAN}", "\N{CLOUD} what is asked \N{CLOUD}"
# A processor's template, and a tokenizer of Mistral's that makes chats itself.
_OTHER_TEMPLATES = ("chat_template.json", "additional_chat_templates", "tekken.json")
_TOKENS = ("bos_token", "eos_token", "pad_token", "unk_token")


def template_default(base: Path) -> str | None:
    """The text, found by rendering a question with and without a system message; None where there is none, and where
    the folder `base` has no template, jinja2 is not installed or the template needs more than a conversation."""
    found = _template(base)
    if found is None:
        return None
    text, tokens = found
    with suppress(ImportError, InputError):
        render = _rendering(text, tokens)
        given, left_out = render([("system", _SYSTEM), ("user", _QUESTION)]), render([("user", _QUESTION)])
        before, _, after = given.partition(_SYSTEM)
        if after and left_out.startswith(before) and left_out.endswith(after):
            return left_out[len(before) : len(left_out) - len(after)].strip() or None
    return None


def has_template(base: Path) -> bool:
    """Has the model in the folder `base` a chat template, or, as far as its files tell, a tokenizer that needs none?"""
    return _template(base) is not None or any((base / name).exists() for name in _OTHER_TEMPLATES)


def _template(base: Path) -> tuple[str, dict[str, str]] | None:
    """The template of a model's folder, and the texts of its special tokens."""
    settings: dict[str, Any] = {}
    with suppress(InputError):
        settings = read_object(base / "tokenizer_config.json", "the settings of a tokenizer")
    text = settings.get("chat_template")
    if isinstance(text, list):
        text = next(
            (one.get("template") for one in text if isinstance(one, dict) and one.get("name") == "default"), None
        )
    with suppress(OSError, ValueError):
        text = (base / "chat_template.jinja").read_text(encoding="utf-8")
    if not isinstance(text, str):
        return None
    written = ((name, settings.get(name)) for name in _TOKENS)
    whole = ((name, one.get("content") if isinstance(one, dict) else one) for name, one in written)
    return text, {name: one for name, one in whole if isinstance(one, str)}


def _rendering(text: str, tokens: dict[str, str]) -> Callable[[Sequence[tuple[str, str]]], str]:
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> NoReturn:
        raise InputError(message)

    # As transformers makes it.
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals |= {"raise_exception": refuse, "strftime_now": lambda form: datetime.now(UTC).strftime(form)}

    def render(turns: Sequence[tuple[str, str]]) -> str:
        messages = [{"role": role, "content": content} for role, content in turns]
        try:
            return environment.from_string(text).render(messages=messages, add_generation_prompt=True, **tokens)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise InputError(f"the chat template cannot be rendered ({error})") from None

    return render
