"""Conversations, tools and answers of protocols as inspect's, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, get_args

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    ContentReasoning,
    ContentText,
    ModelOutput,
    StopReason,
)
from inspect_ai.tool import ToolCall, ToolInfo, ToolParams
from inspect_ai.util import JSONSchema

from inoc_evals.protocols import requests
from inoc_evals.protocols.requests import Completion, Message, Tokens, Tool, mean_tokens

# In the metadata of an answer: that its reasoning never ended, and how many tokens it could take.
_UNFINISHED, _LIMIT = "unfinished_reasoning", "max_tokens"


def to_inspect(messages: Iterable[Message], *, reasoning: bool = False) -> list[ChatMessage]:
    """The conversation as inspect's messages, with its `reasoning` only to be looked at: no model is sent what was
    thought before. A tool's message is given the name of the call that it answers."""
    made: list[ChatMessage] = []
    names: dict[str | None, str] = {}
    for message in messages:
        if message.role == "system":
            made.append(ChatMessageSystem(content=message.content))
        elif message.role == "user":
            made.append(ChatMessageUser(content=message.content))
        elif message.role == "tool":
            function = names.get(message.call_id)
            made.append(ChatMessageTool(content=message.content, tool_call_id=message.call_id, function=function))
        else:
            names |= {call.id: call.name for call in message.calls}
            calls = [ToolCall(id=call.id, function=call.name, arguments=dict(call.arguments)) for call in message.calls]
            answer = ChatMessageAssistant(content=message.content, tool_calls=calls or None)
            made.append(with_reasoning(answer, message) if reasoning else answer)
    return made


def with_reasoning(answer: ChatMessageAssistant, turn: Message) -> ChatMessageAssistant:
    """`answer`, changed in place: the text of `turn`, with its reasoning in a part of its own."""
    answer.content = turn.content
    if turn.reasoning is not None:
        answer.content = [ContentReasoning(reasoning=turn.reasoning), ContentText(text=turn.content)]
    noted: dict[str, Any] = {_UNFINISHED: True} if turn.unfinished else {}
    if turn.tokens is not None and turn.tokens.limit is not None:
        noted |= {_LIMIT: turn.tokens.limit}
    if noted:
        answer.metadata = {**(answer.metadata or {}), **noted}
    return answer


def from_inspect(messages: Iterable[ChatMessage]) -> tuple[Message, ...]:
    """Inspect's messages as a conversation."""
    return tuple(
        Message(
            message.role,
            message.text,
            reasoning_of(message),
            _calls(message) if isinstance(message, ChatMessageAssistant) else (),
            message.tool_call_id if isinstance(message, ChatMessageTool) else None,
        )
        for message in messages
    )


def completions(output: ModelOutput) -> tuple[Completion, ...]:
    """The answers in inspect's output."""
    used, count = output.usage, len(output.choices)
    each = None if used is None or not count else mean_tokens(used.output_tokens, used.reasoning_tokens, count)
    return tuple(_completion(choice, each) for choice in output.choices)


def _completion(choice: ChatCompletionChoice, tokens: Tokens | None) -> Completion:
    message = choice.message
    noted = message.metadata or {}
    if (limit := noted.get(_LIMIT)) is not None:
        tokens = replace(tokens or Tokens(), limit=limit)
    stop, calls = str(choice.stop_reason), _calls(message)
    return Completion(message.text, stop, reasoning_of(message), calls, bool(noted.get(_UNFINISHED)), tokens)


def stop_reason(name: str) -> StopReason:
    """Inspect's name for how an answer ended."""
    return next((known for known in get_args(StopReason) if known == name), "unknown")


def tool_infos(tools: Sequence[Tool]) -> list[ToolInfo]:
    """What a model is told of the tools."""
    infos = []
    for tool in tools:
        properties = {name: JSONSchema.model_validate(schema) for name, schema in tool.parameters.items()}
        parameters = ToolParams(properties=properties, required=list(properties))
        infos.append(ToolInfo(name=tool.name, description=tool.description, parameters=parameters))
    return infos


def reasoning_of(message: ChatMessage) -> str | None:
    """What a message holds of reasoning, or what its provider tells of it."""
    parts = [] if isinstance(message.content, str) else message.content
    told = [
        part.summary if part.redacted else part.reasoning or part.summary
        for part in parts
        if isinstance(part, ContentReasoning)
    ]
    return "\n\n".join(text for text in told if text) or ("" if told else None)


def _calls(message: ChatMessageAssistant) -> tuple[requests.ToolCall, ...]:
    return tuple(requests.ToolCall(call.id, call.function, call.arguments) for call in message.tool_calls or ())
