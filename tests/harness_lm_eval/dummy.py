"""lm-eval models for tests: no weights, no hub, and every request kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from lm_eval.api.model import LM


class Dummy(LM):  # type: ignore[misc]
    """Answers what `answer` says (message list, number of the repeat); `template` renders a chat to text."""

    tokenizer_name, tokenizer = "none", None

    def __init__(
        self,
        answer: Callable[[list[dict[str, str]], int], str] = lambda messages, number: "owl",
        template: Callable[[list[dict[str, str]]], str] | None = None,
    ) -> None:
        super().__init__()
        self.answer, self.template = answer, template
        self.requests: list[Any] = []
        self.chats: dict[str, list[dict[str, str]]] = {}

    def chat_template(self, name: bool | str = False) -> str:
        return ""

    def apply_chat_template(self, turns: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        end = "" if not add_generation_prompt else "\n<assistant>\n"
        text = self.template(turns) if self.template else "\n".join(f"<{t['role']}>\n{t['content']}" for t in turns)
        self.chats[text + end] = turns
        return text + end

    def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:
        seen: dict[int, int] = {}
        answers = []
        for request in requests:
            self.requests.append(request)
            number = seen.get(id(request), 0)
            seen[id(request)] = number + 1
            answers.append(self.answer(self.chats[request.args[0]], number))
        return answers

    def loglikelihood(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        self.requests += requests
        return [(-float(len(request.args[1])), False) for request in requests]

    def _encode_pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        return [], [ord(character) for character in continuation]

    def loglikelihood_rolling(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[float]:
        raise NotImplementedError


def evaluate(names: Sequence[str], lm: LM, metadata: dict[str, Any] | None = None, **options: Any) -> Any:
    """One run as lm-eval's command makes it, with only our tasks on the path."""
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    from inoc_evals.harness.lm_eval.entries import task_folders

    include = options.pop("include", list(task_folders()))
    manager = TaskManager(include_path=include, include_defaults=False, metadata=metadata or {})
    options = {"apply_chat_template": True, "torch_random_seed": None, **options}
    return simple_evaluate(model=lm, tasks=list(names), task_manager=manager, **options)


def stored(results: Any, task: str) -> list[list[dict[str, Any]]]:
    """Of each document, what the filter kept of its responses."""
    return [[json.loads(text) for text in row["filtered_resps"][0]] for row in results["samples"][task]]
