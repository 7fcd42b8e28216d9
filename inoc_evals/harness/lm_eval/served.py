"""A chat model on an OpenAI-compatible server as lm-eval's model `inoc-chat-completions`.

What lm-eval's own `local-chat-completions` lacks: several responses in one request, how a response ended, the prompt
that the server really made, and exact log probabilities that LoRA adapters have part in.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from lm_eval.api.registry import register_model
from lm_eval.models.api_models import JsonChatStr
from lm_eval.models.openai_completions import LocalChatCompletion

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.errors import InputError, WorkError
from inoc_evals.harness.lm_eval.drawing import draw
from inoc_evals.harness.lm_eval.judges import run_apart
from inoc_evals.harness.lm_eval.prompts import check_rendered
from inoc_evals.harness.lm_eval.rendering import CONTINUE, Rendered, render_on_server
from inoc_evals.harness.lm_eval.replies import Reply
from inoc_evals.judging.judge import reply_tokens
from inoc_evals.judging.replies import JudgeError

NAME = "inoc-chat-completions"
Path = tuple[int, ...]


@register_model(NAME)
class ServedChat(LocalChatCompletion):  # type: ignore[misc]
    """`base_url` ends in /v1/chat/completions; the key comes from OPENAI_API_KEY. Log probabilities need vLLM."""

    def __init__(self, base_url: str, num_concurrent: int = 64, max_retries: int = 10, **others: Any) -> None:
        # One at a time takes another way through lm-eval, without what is added here.
        super().__init__(
            base_url=base_url, num_concurrent=max(2, int(num_concurrent)), max_retries=max_retries, **others
        )
        self.url = base_url.removesuffix("/chat/completions")
        # Prompts of all tasks, so that each is rendered once.
        self._rendered: dict[str, Rendered | None] = {}
        self._paths: dict[str, Path] = {}

    def chat_template(self, chat_template: bool | str = False) -> str:  # noqa: ARG002 - lm-eval's signature
        """The server has it; the rendered prompts are kept with the samples."""
        return ""

    def parse_generations(self, outputs: Any, **others: Any) -> list[str]:
        """The texts of a reply with choices; an answer without text is "", which every measure excludes."""
        texts = super().parse_generations(outputs, **others)
        ends = {choice.get("index", 0): choice.get("finish_reason") for choice in outputs["choices"]}
        return [Reply(text or "", ends.get(index) == "length") for index, text in enumerate(texts)]

    def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:  # noqa: ARG002
        """One response per request, in order; repeats of one instance share requests as its document's plan says.

        Raises InputError if the server's chat template drops part of a prompt, before anything is generated.
        """
        counts = Counter(id(request) for request in requests)
        instances = {id(request): request for request in requests}
        if not all(isinstance(request.args[0], JsonChatStr) for request in requests):
            raise InputError(f"model {NAME} takes conversations only; run it with --apply_chat_template")
        self._render([request.args[0] for request in instances.values()])
        answers: dict[int, list[str]] = defaultdict(list)
        for kwargs, jobs in self._jobs(instances, counts).items():
            bodies = [
                self._create_payload(
                    json.loads(instances[job].args[0].prompt),
                    generate=True,
                    gen_kwargs=json.loads(kwargs),
                    seed=self._seed,
                )
                for job in jobs
            ]
            for job, reply in zip(jobs, self._draw(bodies), strict=True):
                answers[job] += self.parse_generations(reply)
        for key, request in instances.items():
            if len(answers[key]) != counts[key]:
                found = f"{len(answers[key])} responses instead of {counts[key]}"
                raise WorkError(f"the server gave {found}; set choices to 1")
            rendered = self._rendered[request.args[0].prompt]
            if rendered is not None:
                request.arguments = (*request.arguments, {"rendered_prompt": rendered.record()})
        following = {key: iter(texts) for key, texts in answers.items()}
        return [next(following[id(request)]) for request in requests]

    def loglikelihood(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[tuple[float, float]]:  # noqa: ARG002
        """Exact log probability of each text as the beginning of the answer.

        Whether it is the greedy answer is not asked: NaN, which no metric takes for a yes or no. Raises InputError for
        tasks that are about exactly that.
        """
        texts = Counter((request.task_name, request.doc_id) for request in requests)
        for (name, _), count in texts.items():
            if count == 1:
                raise InputError(f"task {name} asks for the greedy answer's text; run it with --model hf")
        contexts = list(dict.fromkeys(request.args[0] for request in requests))
        self._render(contexts)
        wanted: dict[Any, list[str]] = defaultdict(list)
        for context, text in dict.fromkeys(request.args for request in requests):
            wanted[context].append(text)
        self.learn([text for texts in wanted.values() for text in texts])
        found = self._ask(self._score(wanted))
        return [(found[request.args], math.nan) for request in requests]

    def _encode_pair(self, context: Any, continuation: str) -> tuple[list[int], list[int]]:  # noqa: ARG002
        """Tokens of `continuation` as the beginning of the answer; those of the context are not told."""
        self.learn([continuation])
        return [], list(self._paths[continuation])

    def learn(self, texts: Sequence[str]) -> None:
        """Find out the tokens of `texts` as the beginning of an answer; one call for many is much quicker."""
        new = [text for text in dict.fromkeys(texts) if text not in self._paths]
        if new:
            self._ask(self._learn(new))

    def _jobs(self, instances: Mapping[int, Any], counts: Mapping[int, int]) -> dict[str, list[int]]:
        """What to send: settings -> instances, each once for every request."""
        jobs: dict[str, list[int]] = defaultdict(list)
        for key, request in instances.items():
            kwargs = request.args[1]
            together = self._together(request, counts[key]) if kwargs.get("temperature") else 1
            extra: dict[str, Any] = {"n": together} if together > 1 else {}
            if json.loads(request.args[0].prompt)[-1]["role"] == "assistant":
                extra |= CONTINUE
            jobs[json.dumps({**kwargs, **extra})] += [key] * (counts[key] // together)
        return jobs

    def _draw(self, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
        from tqdm import tqdm

        with tqdm(total=len(bodies), desc=self.model, disable=None) as bar:
            limits = (self._concurrent, self.max_retries, float(self.timeout))
            return run_apart(draw(self.base_url, self.api_key, bodies, *limits, bar.update))

    @staticmethod
    def _together(request: Any, count: int) -> int:
        most = request.doc.get("choices_together", 1) if isinstance(request.doc, dict) else 1
        return most if isinstance(most, int) and most > 0 and count % most == 0 else 1

    def _render(self, contexts: Sequence[Any]) -> None:
        """Let the server render every prompt that is new, and refuse a template that drops part of one."""
        new = [one.prompt for one in dict.fromkeys(contexts) if isinstance(one, JsonChatStr)]
        new = [prompt for prompt in new if prompt not in self._rendered]
        if not new:
            return
        found = run_apart(render_on_server(self.url, self.model, self.api_key, [json.loads(one) for one in new]))
        for prompt, rendered in zip(new, found, strict=True):
            if rendered is not None:
                check_rendered(json.loads(prompt), rendered.text)
            self._rendered[prompt] = rendered

    async def _score(self, wanted: Mapping[Any, Sequence[str]]) -> dict[tuple[Any, str], float]:
        endpoint = self._endpoint()
        try:
            gate = asyncio.Semaphore(self._concurrent)

            async def one(context: Any, texts: Sequence[str]) -> dict[tuple[Any, str], float]:
                async with gate:
                    start = self._start(context)
                    logs = await self._path_logs(endpoint, start, [self._paths[text] for text in texts])
                    return {(context, text): log for text, log in zip(texts, logs, strict=True)}

            parts = await asyncio.gather(*(one(context, texts) for context, texts in wanted.items()))
            return {key: log for part in parts for key, log in part.items()}
        finally:
            await endpoint.close()

    @staticmethod
    async def _path_logs(endpoint: Endpoint, start: Sequence[int], paths: Sequence[Path]) -> list[float]:
        """Log probability of each path of tokens after `start`: one next token at a time, all of them at once."""
        wanted: dict[Path, set[int]] = defaultdict(set)
        for path in paths:
            for depth, token in enumerate(path):
                wanted[path[:depth]].add(token)
        prefixes = list(wanted)
        logs = await endpoint.next_tokens(start, prefixes, [sorted(wanted[prefix]) for prefix in prefixes])
        by_prefix = dict(zip(prefixes, logs, strict=True))
        return [math.fsum(by_prefix[path[:depth]][token] for depth, token in enumerate(path)) for path in paths]

    def _start(self, context: Any) -> tuple[int, ...]:
        rendered = self._rendered.get(context.prompt) if isinstance(context, JsonChatStr) else None
        if rendered is None:
            raise InputError("this server does not tell the tokens of a prompt; log probabilities need a vLLM server")
        return rendered.tokens

    async def _learn(self, texts: Sequence[str]) -> None:
        endpoint = self._endpoint()
        try:
            self._paths.update(await reply_tokens(endpoint, texts))
        finally:
            await endpoint.close()

    def _endpoint(self) -> Endpoint:
        return Endpoint(self.url, self.model, self.api_key or None, self._concurrent)

    @staticmethod
    def _ask(work: Any) -> Any:
        try:
            return run_apart(work)
        except JudgeError as error:
            raise WorkError(f"the server does not give log probabilities ({error.cause}: {error})") from None
