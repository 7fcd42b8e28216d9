"""Does a model think before it answers? What its chat template says, which nothing has to be drawn for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inoc_evals.client.endpoint import OFF, ON, Endpoint
from inoc_evals.client.errors import ServerError
from inoc_evals.errors import InputError
from inoc_evals.protocols.reasoning import left_open

PROBE = "x"


def opens(given: str) -> bool:
    """Does a prompt leave reasoning open?"""
    return left_open(given) is not None


def refuse_thoughts(prompt: str) -> None:
    """Raise InputError for a prompt that leaves reasoning open: what comes next is no beginning of an answer."""
    if opens(prompt):
        remedy = "set enable_thinking=false, or leave the task out where the template has no such argument"
        raise InputError(f"the chat template lets the model think first, so that no option can come next; {remedy}")


async def opened_by(endpoint: Endpoint, prompt: str, template: Mapping[str, Any]) -> str | None:
    """The rendered prompt where it leaves reasoning open; None where it does not, or where the server does not tell."""
    try:
        rendered = await endpoint.rendered(prompt, template)
    except ServerError:
        return None
    return rendered.text if rendered is not None and opens(rendered.text) else None


async def thinks(endpoint: Endpoint, template: Mapping[str, Any]) -> bool:
    """Does the model at `endpoint` think, its chat template having the arguments `template`?

    It does where the prompt opens its reasoning, and where the template knows of thinking and renders the prompt as
    with it. False where the server does not tell prompts. Raises ServerError.
    """
    given = await endpoint.rendered(PROBE, template)
    if given is None:
        return False
    on, off = [await endpoint.tokenize(PROBE, {**template, **how}) for how in (ON, OFF)]
    return opens(given.text) or (on != off and given.tokens == on)
