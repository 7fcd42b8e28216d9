"""The model that trainings start from: loaded once, and after each training as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from inoc_evals.errors import InputError
from inoc_evals.inoculation.arguments import has_bfloat16
from inoc_evals.inoculation.recipe import Recipe, Regime


class BaseModel:
    """The model `base`, a folder or hub id, for trainings of one regime after one another, in memory from the first on.

    Under an adapter its weights have 16 bits where the processor computes with them; where all of them learn, they have
    32, because steps are smaller than what 16 bits can tell apart. With `precise` they have 32 in any case.
    """

    _weights: dict[str, Any] | None = None

    def __init__(self, base: Path | str, regime: Regime, *, precise: bool = False) -> None:
        self.base, self.regime, self._precise = str(base), regime, precise
        self._name, self.revision = at_revision(base)
        self._at = {"revision": self.revision} if self.revision is not None else {}

    @cached_property
    def model(self) -> Any:
        """The model, loaded when it is first asked for. Raises InputError where transformers cannot load it."""
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging

        # Progress is ours to show.
        logging.disable_progress_bar()
        logging.set_verbosity_error()
        short = has_bfloat16() and self.regime == "lora" and not self._precise
        dtype = torch.bfloat16 if short else torch.float32
        # What it does not know as a model raises one of these.
        try:
            model = AutoModelForCausalLM.from_pretrained(
                self._name,
                **self._at,
                dtype=dtype,
                trust_remote_code=False,
                attn_implementation=None if torch.cuda.is_available() else "eager",
            )
        except (ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise InputError.at(self._name, f"transformers cannot load this as a language model ({reason})") from error
        if self.regime == "full":
            self._weights = {key: weight.detach().cpu().clone() for key, weight in model.state_dict().items()}
        return model

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer of the model."""
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self._name, **self._at)

    @cached_property
    def stored_dtype(self) -> Any:
        """The numbers in which a model that was trained whole is written."""
        import torch
        from transformers import AutoConfig

        return AutoConfig.from_pretrained(self._name, **self._at).dtype or torch.float32

    def serves(self, base: Path | str, recipe: Recipe) -> bool:
        """Can this training start from it?"""
        return (self.base, self.regime) == (str(base), recipe.regime)

    @contextmanager
    def lent(self) -> Iterator[Any]:
        """The model for one training, which may put adapters into it and change its weights."""
        try:
            yield self.model
        finally:
            self._restore()

    def _restore(self) -> None:
        from peft.tuners.tuners_utils import BaseTunerLayer

        if any(isinstance(module, BaseTunerLayer) for module in self.model.modules()):
            _take_adapters_out(self.model)
        # What the trainer wraps it in to compute with 16 bits would be wrapped again.
        self.model.__dict__.pop("forward", None)
        self.model.__dict__.pop("_original_forward", None)
        if self._weights is not None:
            self.model.load_state_dict(self._weights)
            self.model.requires_grad_(True)
        self.model.zero_grad(set_to_none=True)


def at_revision(base: Path | str) -> tuple[str, str | None]:
    """A folder, or the name and the revision of a hub id."""
    name, _, revision = (str(base), "", "") if Path(base).is_dir() else str(base).partition("@")
    return name, revision or None


def _take_adapters_out(model: Any) -> None:
    """What PEFT's `unload` does, for which the wrapper would have to be kept."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for name, module in list(model.named_modules()):
        if isinstance(module, BaseTunerLayer):
            parent, _, last = name.rpartition(".")
            setattr(model.get_submodule(parent), last, module.get_base_layer())
    model.__dict__.pop("peft_config", None)
    model.requires_grad_(False)
