"""What a protocol asks of a model first, as requests of lm-eval, and lm-eval's answers as the replies."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from lm_eval.api.instance import Instance

from inoc_evals.client.continuations import Path, log_sum
from inoc_evals.client.endpoint import CONTINUE, TEMPLATE
from inoc_evals.client.options import distinct_forms
from inoc_evals.client.thinking import opens, refuse_thoughts
from inoc_evals.errors import InputError
from inoc_evals.harness.lm_eval.compat import adapter_of, answer_tokens, prompt_and_limit, tells_tokens, template_thinks
from inoc_evals.harness.lm_eval.prompts import render
from inoc_evals.harness.lm_eval.replies import Reply
from inoc_evals.harness.lm_eval.served import ServedChat
from inoc_evals.plan.compiled import Plan
from inoc_evals.plan.thinking import DROP, Thinking
from inoc_evals.protocols.reasoning import told_apart
from inoc_evals.protocols.requests import Choose, Chosen, Completion, Generate, Generated, Message, Request
from inoc_evals.protocols.requests import Reply as Answer
from inoc_evals.protocols.trajectory import Asking, Trajectory

ONCE = (
    "lm-eval asks a model once, and this task goes on with what it answers; run it with inspect or `inoc-evals score`"
)

_PLAIN = Thinking()


class Asker:
    """Makes instances for one task and one of lm-eval's models (`backend`). `settings` are generation settings as
    lm-eval's; `openai` leaves out what OpenAI's models refuse."""

    def __init__(
        self, task: str, backend: Any, settings: Mapping[str, Any], thinking: Thinking = _PLAIN, *, openai: bool
    ) -> None:
        self.task, self.backend, self.settings, self.openai = task, backend, settings, openai
        self.thinking = thinking
        self._template_thinks: bool | None = None
        self._paths: dict[str, Path] = {}

    def instances(
        self, request: Request, doc: dict[str, Any], template: Callable[..., Any], metadata: tuple[str, int, int]
    ) -> list[Instance]:
        """The instances of one request, one for a text and one for each surface form of options. Raises InputError."""
        if isinstance(request, Generate) and request.role is None and not request.tools:
            prompt = self._prompt(request.messages, template)
            arguments = (prompt, self._kwargs(request, prompt))
            return [Instance(request_type="generate_until", doc=doc, arguments=arguments, idx=0, metadata=metadata)]
        if not isinstance(request, Choose):
            raise InputError(f"task {self.task}: {ONCE}")
        self._refuse_unless_exact()
        prompt = self._prompt(request.messages, template)
        if isinstance(prompt, str):
            refuse_thoughts(prompt)
        forms = [form for spelt in self.distinct(request, prompt).values() for form in spelt]
        once = (*metadata[:2], 1)
        return [
            Instance(request_type="loglikelihood", doc=doc, arguments=(prompt, form), idx=idx, metadata=once)
            for idx, form in enumerate(forms)
        ]

    def distinct(self, request: Choose, prompt: Any = None) -> dict[str, tuple[str, ...]]:
        """The forms that exclude each other, by option. Raises InputError where options cannot be told apart."""
        new = [form for spelt in request.options.values() for form in spelt if form not in self._paths]
        if new and isinstance(self.backend, ServedChat):
            self._paths |= self.backend.learn(new, self.thinking.template(choosing=True))
        elif new:
            # One chat template ends all prompts alike, so that one prompt shows the tokens of all.
            self._paths |= {form: tuple(answer_tokens(self.backend, prompt, form)) for form in new}
        return distinct_forms(request.options, self._paths)

    def replies(self, requests: Sequence[Request], instances: Sequence[Instance], number: int) -> list[Answer]:
        """The replies to the `number`-th asking (from 0) of a document whose instances these are."""
        following: Iterator[Instance] = iter(instances)
        replies: list[Answer] = []
        for request in requests:
            if isinstance(request, Generate):
                instance = next(following)
                texts = instance.resps[number * request.n : (number + 1) * request.n]
                replies.append(Generated(tuple(self._completion(request, instance, text) for text in texts)))
            elif isinstance(request, Choose):
                logs = {
                    option: {form: float(next(following).resps[0][0]) for form in spelt}
                    for option, spelt in self.distinct(request).items()
                }
                seen = math.exp(log_sum(log for spelt in logs.values() for log in spelt.values()))
                replies.append(Chosen(logs, min(1.0, seen)))
        return replies

    def _completion(self, request: Generate, instance: Instance, text: str) -> Completion:
        """A response with its reasoning apart, which our own client has done already."""
        if isinstance(text, Reply):
            return text.completion
        prompt = instance.args[0] if isinstance(instance.args[0], str) else None
        last = request.messages[-1]
        prefill = last.content if last.role == "assistant" else ""
        apart = told_apart(Completion(text, "unknown"), prompt, prefill)
        return replace(apart, reasoning=None) if self.thinking.reasoning == DROP else apart

    def _prompt(self, messages: Sequence[Message], template: Callable[..., Any]) -> Any:
        return render([{"role": message.role, "content": message.content} for message in messages], template)

    def _kwargs(self, request: Generate, prompt: Any) -> dict[str, Any]:
        decoding = request.decoding
        own = {"temperature": decoding.temperature, "top_p": decoding.top_p, "max_gen_toks": decoding.max_tokens}
        kwargs = {**self.settings, **{name: value for name, value in own.items() if value is not None}}
        kwargs["do_sample"] = kwargs["temperature"] > 0
        if self.openai:
            kwargs.pop("top_k")
        if isinstance(prompt, str):
            kwargs["max_gen_toks"] += self._room(prompt, kwargs["max_gen_toks"])
            return kwargs
        if self.thinking.tokens is not None and not isinstance(self.backend, ServedChat):
            kwargs["max_gen_toks"] += self.thinking.tokens
        template = self.thinking.template()
        going_on = request.messages[-1].role == "assistant"
        return {**kwargs, **({TEMPLATE: template} if template else {}), **(CONTINUE if going_on else {})}

    def _room(self, prompt: str, max_tokens: int) -> int:
        """Tokens for the reasoning of one of lm-eval's own models, of which only the chat template tells whether it
        thinks."""
        if self._template_thinks is None:
            self._template_thinks = template_thinks(self.backend)
        thinks = self._template_thinks or opens(prompt)
        if not thinks and self.thinking.tokens is None:
            return 0
        return self.thinking.room(thinks, max_tokens, *prompt_and_limit(self.backend, prompt))

    def _refuse_unless_exact(self) -> None:
        """Refuse models whose log probabilities of given texts are wrong or would end a server."""
        from lm_eval.models.api_models import TemplateAPI

        remedy = "run it on the server with `inoc-evals lm-eval --arms`, or with --model hf"
        if isinstance(self.backend, TemplateAPI) and not isinstance(self.backend, ServedChat):
            message = "this kind of model cannot ask a server for probabilities of given texts"
            raise InputError(f"task {self.task}: {message}; {remedy}")
        if adapter_of(self.backend) is not None:
            message = "vLLM's probabilities of given texts are wrong or fatal with an adapter"
            raise InputError(f"task {self.task}: {message}; {remedy} and peft=")
        if not tells_tokens(self.backend):
            raise InputError(f"task {self.task} needs a model that tells tokens; {remedy}")


def first(asking: Asking) -> Sequence[Request]:
    """What a protocol asks for at first; a protocol that asks nothing asks for an empty list."""
    try:
        return next(asking)
    except StopIteration:
        return ()


def finished(asking: Asking, replies: Sequence[Answer], task: str) -> Sequence[Trajectory]:
    """The trajectories of an asking that has been sent nothing yet. Raises InputError if it asks a second time."""
    try:
        next(asking)
        asking.send(replies)
    except StopIteration as end:
        trajectories: Sequence[Trajectory] = end.value
        return trajectories
    raise InputError(f"task {task}: {ONCE}")


def refuse_dialogue(plan: Plan, task: str) -> None:
    """Raise InputError if the task's own code goes on after an empty answer: it would after others too, when they have
    been drawn."""
    asking = plan.ask(*plan.asked()[0])
    goes_on = False
    # An error of that code says nothing here: an empty answer may be beyond it, and a real one not.
    with suppress(Exception):
        asking.send([_empty(request) for request in next(asking)])
        goes_on = True
    if goes_on:
        raise InputError(f"task {task}: {ONCE}")


def _empty(request: Request) -> Answer:
    if isinstance(request, Choose):
        even = -math.log(max(1, sum(map(len, request.options.values()))))
        return Chosen({option: dict.fromkeys(forms, even) for option, forms in request.options.items()}, 1.0)
    return Generated((Completion("", "unknown"),) * (request.n if isinstance(request, Generate) else 1))
