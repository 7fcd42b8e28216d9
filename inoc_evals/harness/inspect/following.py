"""Next tokens of answers from inspect's models: exact from a vLLM server, otherwise the likeliest first ones alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inspect_ai.model import Model

from inoc_evals.harness.inspect.choosing import Kept, likeliest_first
from inoc_evals.harness.inspect.rendering import record
from inoc_evals.harness.inspect.sharing import cost_of, exactly
from inoc_evals.harness.inspect.stopping import under_way
from inoc_evals.protocols.requests import Cost, Followed, NextToken, NextTokens


async def follow(model: Model, request: NextTokens, kept: Kept, template: Mapping[str, Any]) -> Followed:
    """What may come next after each prefix of the request, `template` being the arguments of the chat template.

    A server's answers are not kept on disk: asked again it says the same, and what it says is long. Raises InputError
    for a model that tells no log probabilities, and for one that thinks first.
    """
    async with exactly(model, request.messages, template) as server:
        if server is not None:
            served, rendered = server
            async with under_way():
                after = await served.following.after(rendered.tokens, request.prefixes)
            cost = cost_of(rendered, request.prefixes)
            return Followed(tuple(map(tuple, after)), rendered=record(rendered), cost=cost)
    top = await likeliest_first(model, request.messages, kept)
    first = tuple(NextToken(number, text, log) for number, (text, log) in enumerate(top.items()))
    nothing = [() if prefix else first for prefix in request.prefixes]
    return Followed(tuple(nothing), only_first=True, cost=Cost(1))
