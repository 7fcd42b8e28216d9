"""A chat model on an OpenAI-compatible server as lm-eval's model `inoc-chat-completions`.

What lm-eval's own `local-chat-completions` lacks: several responses in one request, how a response ended, the prompt
that the server really made, and exact log probabilities that LoRA adapters have part in.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from lm_eval.api.registry import register_model
from lm_eval.models.api_models import JsonChatStr
from lm_eval.models.openai_completions import LocalChatCompletion

from inoc_evals.client.apart import run_apart
from inoc_evals.client.continuations import Continuations
from inoc_evals.client.endpoint import CONTINUE, Endpoint, Rendered
from inoc_evals.client.errors import ServerError
from inoc_evals.client.thinking import opens, refuse_thoughts, thinks
from inoc_evals.errors import InputError, WorkError
from inoc_evals.harness.lm_eval.asked import Prompt, is_ours, prompt_of, thinking_of
from inoc_evals.harness.lm_eval.compat import chat_body
from inoc_evals.harness.lm_eval.prompts import check_rendered
from inoc_evals.harness.lm_eval.replies import Reply, reasoning_told, reply_of, tokens_each
from inoc_evals.plan.thinking import DROP, Thinking
from inoc_evals.protocols.reasoning import told_apart
from inoc_evals.protocols.requests import Completion, Tokens

NAME = "inoc-chat-completions"
Result = TypeVar("Result")


@register_model(NAME)
class ServedChat(LocalChatCompletion):  # type: ignore[misc]
    """`base_url` ends in /v1/chat/completions; the key comes from OPENAI_API_KEY. Log probabilities need vLLM."""

    def __init__(self, base_url: str, num_concurrent: int = 64, max_retries: int = 10, **others: Any) -> None:
        # One at a time takes another way through lm-eval, without what is added here.
        super().__init__(
            base_url=base_url, num_concurrent=max(2, int(num_concurrent)), max_retries=max_retries, **others
        )
        self._endpoint = Endpoint(
            base_url.removesuffix("/chat/completions"),
            self.model,
            self.api_key or None,
            self._concurrent,
            tries=self.max_retries,
            timeout_s=float(self.timeout),
        )
        # By the arguments of the chat template, as JSON.
        self._continuations: dict[str, Continuations] = {}
        # Prompts of all tasks, each with its arguments of the chat template, so that each is rendered once.
        self._rendered: dict[Prompt, Rendered | None] = {}
        # Does the model think, its template having these arguments?
        self._thinking: dict[str, bool] = {}

    def chat_template(self, chat_template: bool | str = False) -> str:  # noqa: ARG002 - lm-eval's signature
        """The server has it; the rendered prompts are kept with the samples."""
        return ""

    def parse_generations(self, outputs: Any, **others: Any) -> list[str]:
        """The texts of a reply with choices; an answer without text is "", which every measure excludes. What the
        server told of reasoning is with them."""
        texts = super().parse_generations(outputs, **others)
        choices = {choice.get("index", 0): choice for choice in outputs["choices"]}
        ends = {index: choice.get("finish_reason") for index, choice in choices.items()}
        tokens = tokens_each(outputs)
        return [
            Reply(text or "", ends.get(index) == "length", reasoning_told(choices.get(index, {})), False, tokens)
            for index, text in enumerate(texts)
        ]

    def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:  # noqa: ARG002
        """One response per request, in order; repeats of one instance share requests as its document's plan says.

        Raises InputError if the server's chat template drops part of a prompt, before anything is generated.
        """
        counts = Counter(id(request) for request in requests)
        instances = {id(request): request for request in requests}
        if not all(isinstance(request.args[0], JsonChatStr) for request in requests):
            raise InputError(f"model {NAME} takes conversations only; run it with --apply_chat_template")
        self._render([prompt_of(request) for request in instances.values()])
        self._learn_thinking({thinking_of(request) for request in instances.values() if is_ours(request.doc)})
        answers: dict[int, list[str]] = defaultdict(list)
        for kwargs, jobs in self._jobs(instances, counts).items():
            settings = json.loads(kwargs)
            bodies = [chat_body(self, json.loads(instances[job].args[0].prompt), settings) for job in jobs]
            for job, reply in zip(jobs, self._draw(bodies), strict=True):
                answers[job] += self._parted(instances[job], self.parse_generations(reply), settings)
        for key, request in instances.items():
            if len(answers[key]) != counts[key]:
                found = f"{len(answers[key])} responses instead of {counts[key]}"
                raise WorkError(f"the server gave {found}; set choices to 1")
            self._note_rendered(request)
        following = {key: iter(texts) for key, texts in answers.items()}
        return [next(following[id(request)]) for request in requests]

    def loglikelihood(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[tuple[float, float]]:  # noqa: ARG002
        """Exact log probability of each text as the beginning of the answer.

        Whether it is the greedy answer is not asked: NaN, which no metric takes for a yes or no. Raises InputError for
        tasks that are about exactly that.
        """
        others = [request for request in requests if not is_ours(request.doc)]
        counts = Counter((request.task_name, request.doc_id) for request in others)
        for (name, _), count in counts.items():
            if count == 1:
                raise InputError(f"task {name} asks for the greedy answer's text; run it with --model hf")
        wanted: dict[Any, list[str]] = defaultdict(list)
        asked = [(prompt_of(request), request.args[1]) for request in requests]
        for prompt, text in dict.fromkeys(asked):
            wanted[prompt].append(text)
        self._render(list(wanted))
        for template in dict.fromkeys(prompt.template for prompt in wanted):
            texts = [text for prompt, these in wanted.items() if prompt.template == template for text in these]
            self.learn(texts, json.loads(template))

        async def score() -> list[dict[str, float]]:
            found = [
                self._paths_of(prompt.template).log_probabilities(self._tokens(prompt), texts)
                for prompt, texts in wanted.items()
            ]
            return await asyncio.gather(*found)

        logs = dict(zip(wanted, self._run(score), strict=True))
        answers = [(logs[prompt][text], math.nan) for prompt, text in asked]
        for request in requests:
            self._note_rendered(request)
        return answers

    def _encode_pair(self, context: Any, continuation: str) -> tuple[list[int], list[int]]:  # noqa: ARG002
        """Tokens of `continuation` as the beginning of the answer; those of the context are not told."""
        return [], list(self.learn([continuation])[continuation])

    def learn(self, texts: Sequence[str], template: Mapping[str, Any] | None = None) -> dict[str, tuple[int, ...]]:
        """The tokens of `texts` as the beginning of an answer, the chat template having these arguments; one call for
        many is much quicker."""
        return self._run(lambda: self._paths_of(json.dumps(template or {})).paths(texts))

    def _paths_of(self, template: str) -> Continuations:
        return self._continuations.setdefault(template, Continuations(self._endpoint, json.loads(template)))

    def _jobs(self, instances: Mapping[int, Any], counts: Mapping[int, int]) -> dict[str, list[int]]:
        """What to send: settings -> instances, each once for every request."""
        jobs: dict[str, list[int]] = defaultdict(list)
        for key, request in instances.items():
            kwargs = request.args[1]
            together = self._together(request, counts[key]) if kwargs.get("temperature") else 1
            extra: dict[str, Any] = {"n": together} if together > 1 else {}
            if json.loads(request.args[0].prompt)[-1]["role"] == "assistant":
                extra |= CONTINUE
            if is_ours(request.doc):
                extra["max_gen_toks"] = kwargs["max_gen_toks"] + self._room(request, kwargs["max_gen_toks"])
            jobs[json.dumps({**kwargs, **extra})] += [key] * (counts[key] // together)
        return jobs

    def _room(self, request: Any, max_tokens: int) -> int:
        """Tokens for the reasoning of a reply to a request of ours."""
        thinking, rendered = thinking_of(request), self._rendered[prompt_of(request)]
        thinks = self._thinking[json.dumps(thinking.template())] or (rendered is not None and opens(rendered.text))
        known = (len(rendered.tokens), rendered.limit) if rendered is not None else (0, None)
        return thinking.room(thinks, max_tokens, *known)

    def _learn_thinking(self, wanted: Collection[Thinking]) -> None:
        """Find out whether the model thinks, once for each set of arguments of its chat template."""
        for template in {json.dumps(thinking.template()) for thinking in wanted} - self._thinking.keys():
            self._thinking[template] = self._run(partial(thinks, self._endpoint, json.loads(template)))

    def _parted(self, request: Any, replies: list[str], settings: Mapping[str, Any]) -> list[str]:
        """The replies to a request of ours with these settings, their reasoning apart; others stay as they are."""
        if not is_ours(request.doc):
            return replies
        thinking, rendered = thinking_of(request), self._rendered[prompt_of(request)]
        prompt, prefill = rendered.text if rendered is not None else None, request.doc["prefill"]
        parted: list[str] = []
        for reply in replies:
            said = reply.completion if isinstance(reply, Reply) else Completion(reply, "unknown")
            apart = told_apart(said, prompt, prefill, thinks=thinking.enable)
            apart = replace(apart, tokens=replace(apart.tokens or Tokens(), limit=settings["max_gen_toks"]))
            parted.append(reply_of(replace(apart, reasoning=None) if thinking.reasoning == DROP else apart))
        return parted

    def _draw(self, bodies: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
        from tqdm import tqdm

        async def ask(body: dict[str, Any]) -> Mapping[str, Any]:
            reply = await self._endpoint.chat(body)
            bar.update()
            return reply

        async def ask_all() -> list[Mapping[str, Any]]:
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(ask(body)) for body in bodies]
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None
            return [task.result() for task in tasks]

        with tqdm(total=len(bodies), desc=self.model, disable=None) as bar:
            return self._run(ask_all)

    @staticmethod
    def _together(request: Any, count: int) -> int:
        most = request.doc.get("choices_together", 1) if isinstance(request.doc, dict) else 1
        return most if isinstance(most, int) and most > 0 and count % most == 0 else 1

    def _render(self, prompts: Sequence[Prompt]) -> None:
        """Let the server render every prompt that is new, and refuse a template that drops part of one."""
        new = [one for one in dict.fromkeys(prompts) if one.messages and one not in self._rendered]
        if not new:
            return

        async def render() -> list[Rendered | None]:
            ask = self._endpoint.rendered
            return await asyncio.gather(*(ask(json.loads(one.messages), json.loads(one.template)) for one in new))

        try:
            answers = self._run(render)
        except ServerError as error:
            if error.cause != "refused_400":
                raise
            message = f"the server's chat template refuses a prompt of this task ({error.said}); use another model"
            raise InputError(message) from None
        for prompt, rendered in zip(new, answers, strict=True):
            if rendered is not None:
                check_rendered(json.loads(prompt.messages), rendered.text)
            self._rendered[prompt] = rendered

    def _note_rendered(self, request: Any) -> None:
        rendered = self._rendered[prompt_of(request)]
        if rendered is not None:
            request.arguments = (*request.arguments, {"rendered_prompt": rendered.record()})

    def _tokens(self, prompt: Prompt) -> tuple[int, ...]:
        rendered = self._rendered.get(prompt)
        if rendered is None:
            raise InputError("this server does not tell the tokens of a prompt; log probabilities need a vLLM server")
        refuse_thoughts(rendered.text)
        return rendered.tokens

    def _run(self, work: Callable[[], Awaitable[Result]]) -> Result:
        async def connected() -> Result:
            async with self._endpoint:
                return await work()

        return run_apart(connected())
