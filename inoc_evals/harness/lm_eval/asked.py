"""What a request of lm-eval's asks a server, and how a document of ours says that its reply is to be taken."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from lm_eval.models.api_models import JsonChatStr

from inoc_evals.plan.thinking import KEEP, SWITCH, Thinking


class Prompt(NamedTuple):
    """`messages` and the arguments of the chat `template`, both as JSON."""

    messages: str
    template: str


def thinking_of(request: Any) -> Thinking:
    """How a request of ours deals with reasoning: what its document says that the user set."""
    given = request.doc["arguments"]
    return Thinking(given.get("reasoning", KEEP), given.get(SWITCH), given.get("reasoning_tokens"))


def prompt_of(request: Any) -> Prompt:
    """What a request asks, with the arguments of the chat template."""
    context = request.args[0]
    template = {}
    if is_ours(request.doc):
        template = thinking_of(request).template(choosing=request.request_type == "loglikelihood")
    return Prompt(context.prompt if isinstance(context, JsonChatStr) else "", json.dumps(template))


def is_ours(doc: object) -> bool:
    """Is this a document of a task of ours?"""
    return isinstance(doc, dict) and "inoc_task" in doc
