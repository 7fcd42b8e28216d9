"""Conversations, tools and answers of protocols as inspect's, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import get_args

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    ContentReasoning,
    StopReason,
)
from inspect_ai.tool import ToolCall, ToolInfo, ToolParams
from inspect_ai.util import JSONSchema

from inoc_evals.protocols import requests
from inoc_evals.protocols.requests import Completion, Message, Tool


def to_inspect(messages: Iterable[Message]) -> list[ChatMessage]:
    """The conversation as inspect's messages. A tool's message is given the name of the call that it answers."""
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
            made.append(ChatMessageAssistant(content=message.content, tool_calls=calls or None))
    return made


def from_inspect(messages: Iterable[ChatMessage]) -> tuple[Message, ...]:
    """Inspect's messages as a conversation."""
    return tuple(
        Message(
            message.role,
            message.text,
            _reasoning(message),
            _calls(message) if isinstance(message, ChatMessageAssistant) else (),
            message.tool_call_id if isinstance(message, ChatMessageTool) else None,
        )
        for message in messages
    )


def completion(choice: ChatCompletionChoice) -> Completion:
    """One of the answers in inspect's output."""
    message = choice.message
    return Completion(message.text, str(choice.stop_reason), _reasoning(message), _calls(message))


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


def _reasoning(message: ChatMessage) -> str | None:
    if isinstance(message.content, str):
        return None
    return next((part.reasoning for part in message.content if isinstance(part, ContentReasoning)), None)


def _calls(message: ChatMessageAssistant) -> tuple[requests.ToolCall, ...]:
    return tuple(requests.ToolCall(call.id, call.function, call.arguments) for call in message.tool_calls or ())
