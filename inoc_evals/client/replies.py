"""What a server replies: what may stand in it, and nothing else is read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, FailFast, Field, ValidationError

from inoc_evals.client.errors import EMPTY, MALFORMED, Unreadable
from inoc_evals.client.usage import Usage

_MOST_ENTRIES = 4096  # of a list or an object; our requests ask for far fewer
_MOST_TOKENS = 2**31  # of a vocabulary, and of a call
# The likeliest of V tokens has a probability of 1/V at least.
_LEAST = 1e-6
_NAMED = re.compile(r"token_id:([0-9]{1,10})")


def _few(value: object) -> object:
    if isinstance(value, dict) and len(value) > _MOST_ENTRIES:
        raise ValueError(f"more than {_MOST_ENTRIES} entries")
    return value


def _listed(value: object) -> object:
    return [] if value is None else value


# Not above zero, but for a server's own rounding; a comparison with NaN fails too.
_Log = Annotated[float, Field(le=1e-3)]
_Id = Annotated[int, Field(ge=0, lt=_MOST_TOKENS)]


class _Part(BaseModel):
    """Part of a reply: kinds are not converted, and what we do not read may be anything."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Likely(_Part):
    token: str
    logprob: _Log


class _Token(_Part):
    token: str
    top_logprobs: Annotated[list[_Likely], FailFast()] = Field(default=[], max_length=_MOST_ENTRIES)


class _Logprobs(_Part):
    content: Annotated[list[_Token], FailFast(), BeforeValidator(_listed)] = Field(default=[], max_length=_MOST_ENTRIES)


class _Message(_Part):
    content: str | None = None


class _Choice(_Part):
    message: _Message
    logprobs: _Logprobs | None = None


class _Chat(_Part):
    choices: Annotated[list[_Choice], FailFast()] = Field(min_length=1, max_length=_MOST_ENTRIES)


class _Scores(_Part):
    top_logprobs: Annotated[list[Annotated[dict[str, _Log], BeforeValidator(_few)]], FailFast()] = Field(
        min_length=1, max_length=1
    )


class _Scored(_Part):
    index: int
    logprobs: _Scores


class _Completion(_Part):
    choices: Annotated[list[_Scored], FailFast()] = Field(max_length=_MOST_ENTRIES)


class _Logged(_Part):
    logprob: _Log


# One token at each place but the first: the prompt's own.
_Place = Annotated[dict[str, _Logged], Field(min_length=1, max_length=1)]


class _Prompted(_Part):
    index: int
    prompt_logprobs: Annotated[list[_Place | None], FailFast()] = Field(min_length=2, max_length=_MOST_ENTRIES)


class _Prompts(_Part):
    choices: Annotated[list[_Prompted], FailFast()] = Field(max_length=_MOST_ENTRIES)


class _Tokens(_Part):
    tokens: Annotated[list[_Id], FailFast()]
    max_model_len: int | None = None
    token_strs: Annotated[list[str], FailFast(), BeforeValidator(_listed)] = []


class _Text(_Part):
    prompt: str


_Reply = TypeVar("_Reply", bound=_Part)
_Choices = TypeVar("_Choices", "_Scored", "_Prompted")
_Json = Mapping[str, Any]


def first_tokens(reply: _Json) -> tuple[str, Mapping[str, float]]:
    """The first token of a chat's reply, and the likeliest first tokens with their probabilities. Raises Unreadable."""
    choice = _only(reply)
    content = choice.logprobs.content if choice.logprobs else []
    if not content:
        cause = MALFORMED if choice.message.content else EMPTY
        raise Unreadable(cause, "the reply has no log probabilities")
    return content[0].token, _likeliest(content[0])


def followers(reply: _Json) -> Mapping[str, float]:
    """The likeliest next tokens of a completion of one prompt with their probabilities. Raises Unreadable."""
    choices = _read(_Completion, reply).choices
    if len(choices) != 1:
        raise Unreadable(MALFORMED, f"the reply has {len(choices)} choices instead of one")
    return _probabilities(choices[0].logprobs.top_logprobs[0].items())


def _likeliest(first: _Token) -> dict[str, float]:
    return _probabilities((likely.token, likely.logprob) for likely in first.top_logprobs)


def _probabilities(listed: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for token, log in listed:
        # vLLM may list the sampled token twice, and two tokens may have one text: neither adds up.
        found[token] = max(found.get(token, 0.0), math.exp(min(0.0, log)))
    if max(found.values(), default=0.0) < _LEAST:
        # A masked token has -9999 or minus infinity.
        raise Unreadable(MALFORMED, "no likely token has a probability")
    if math.fsum(found.values()) > 1.01:
        raise Unreadable(MALFORMED, "the probabilities sum to more than one")
    return found


def said(reply: _Json) -> tuple[str, Sequence[str]]:
    """The text of a chat's reply, and its tokens; none where it comes without log probabilities. Raises Unreadable."""
    choice = _only(reply)
    content = choice.logprobs.content if choice.logprobs else []
    return choice.message.content or "", [token.token for token in content]


def texts(reply: _Json, wanted: int) -> list[str]:
    """The texts of a chat's choices, one at least and `wanted` at most, not all blank. Raises Unreadable."""
    choices = _read(_Chat, reply).choices
    if len(choices) > wanted:
        raise Unreadable(MALFORMED, f"the reply has {len(choices)} choices instead of {wanted}")
    found = [choice.message.content or "" for choice in choices]
    if not any(text.strip() for text in found):
        raise Unreadable(EMPTY, "the reply is empty")
    return found


def named_logs(reply: _Json, count: int, tokens: Sequence[int]) -> list[dict[int, float]]:
    """Log probabilities of the named next `tokens` for each of `count` prompts of a completion. Raises Unreadable."""
    found = []
    for choice in _in_order(_read(_Completion, reply).choices, count):
        named = {
            int(m[1]): log for name, log in choice.logprobs.top_logprobs[0].items() if (m := _NAMED.fullmatch(name))
        }
        if not all(token in named for token in tokens):
            raise Unreadable(MALFORMED, "the server does not give the log probabilities of named tokens")
        logs = {token: min(0.0, named[token]) for token in tokens}
        if math.fsum(map(math.exp, logs.values())) > 1.01:
            raise Unreadable(MALFORMED, "the probabilities sum to more than one")
        found.append(logs)
    return found


def listed_logs(reply: _Json, count: int) -> list[dict[int, float]]:
    """Log probabilities of the likeliest next tokens for each of `count` prompts of a completion, whose tokens are
    named by number. Raises Unreadable."""
    found = []
    for choice in _in_order(_read(_Completion, reply).choices, count):
        listed = choice.logprobs.top_logprobs[0].items()
        logs = {int(named[1]): min(0.0, log) for name, log in listed if (named := _NAMED.fullmatch(name))}
        if not logs or len(logs) < len(listed):
            raise Unreadable(MALFORMED, "the server does not name the likeliest tokens by their numbers")
        if math.fsum(map(math.exp, logs.values())) > 1.01:
            raise Unreadable(MALFORMED, "the probabilities sum to more than one")
        found.append(logs)
    return found


def prompt_logs(reply: _Json, count: int) -> list[list[float]]:
    """Log probabilities of the tokens of each of `count` prompts, but for a first one that has none. Raises
    Unreadable."""
    found = []
    for choice in _in_order(_read(_Prompts, reply).choices, count):
        first, *others = choice.prompt_logprobs
        if None in others:
            raise Unreadable(MALFORMED, "a token of a prompt has no log probability")
        places = others if first is None else [first, *others]
        found.append([min(0.0, one.logprob) for place in places if place is not None for one in place.values()])
    return found


def token_ids(reply: _Json) -> tuple[int, ...]:
    """The tokens that vLLM's /tokenize gives. Raises Unreadable."""
    return tuple(_read(_Tokens, reply).tokens)


def tokens_and_limit(reply: _Json) -> tuple[tuple[int, ...], int | None]:
    """The same, and how many tokens a prompt and its reply may have together. Raises Unreadable."""
    found = _read(_Tokens, reply)
    return tuple(found.tokens), found.max_model_len


def token_texts(reply: _Json) -> Sequence[str]:
    """The texts of the tokens that vLLM's /tokenize gives. Raises Unreadable where it does not tell them."""
    found = _read(_Tokens, reply).token_strs
    if not found:
        raise Unreadable(MALFORMED, "the server does not tell the texts of tokens")
    return found


def plain_text(reply: _Json) -> str:
    """The text that vLLM's /detokenize gives. Raises Unreadable."""
    return _read(_Text, reply).prompt


def with_choices(reply: _Json) -> _Json:
    """`reply` as it is, if it has choices. Raises Unreadable."""
    if not (isinstance(reply.get("choices"), list) and reply["choices"]):
        raise Unreadable(MALFORMED, "the reply has no choices")
    return reply


def used(reply: _Json) -> Usage:
    """One call with its tokens; what is no sensible count is 0, because no rating depends on it. Some servers leave the
    tokens of thoughts out of the completion's, and in the sum of all."""
    usage = reply.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    prompt, completion, total = (_count(usage.get(f"{part}_tokens")) for part in ("prompt", "completion", "total"))
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else 0
    return Usage(1, prompt, max(completion, total - prompt if prompt else 0), min(cached, prompt))


def _count(value: object) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 <= value < _MOST_TOKENS else 0


def _in_order(choices: Iterable[_Choices], count: int) -> list[_Choices]:
    """The choices by their index, one for each of `count` prompts. Raises Unreadable."""
    ordered = sorted(choices, key=lambda choice: choice.index)
    if [choice.index for choice in ordered] != list(range(count)):
        raise Unreadable(MALFORMED, f"the reply does not have one choice for each of {count} prompts")
    return ordered


def _only(reply: _Json) -> _Choice:
    choices = _read(_Chat, reply).choices
    if len(choices) != 1:
        raise Unreadable(MALFORMED, f"the reply has {len(choices)} choices instead of one")
    return choices[0]


def _read(model: type[_Reply], reply: _Json) -> _Reply:
    try:
        return model.model_validate(reply)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Unreadable(MALFORMED, f"the reply's {place}: {first['msg'].lower()}"[:300]) from None
