"""The model that trainings start from: loaded once, and after each training as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inoc_evals.inoculation.arguments import has_bfloat16
from inoc_evals.inoculation.recipe import Recipe, Regime


class BaseModel:
    """The model `base`, a folder or hub id, in memory for trainings of one regime after one another.

    Under an adapter its weights have 16 bits where the processor computes with them; where all of them learn, they have
    32, because steps are smaller than what 16 bits can tell apart.
    """

    def __init__(self, base: Path | str, regime: Regime) -> None:
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        # Progress is ours to show.
        logging.disable_progress_bar()
        logging.set_verbosity_error()
        self.base, self.regime = str(base), regime
        name, self.revision = at_revision(base)
        at = {"revision": self.revision} if self.revision is not None else {}
        dtype = torch.bfloat16 if has_bfloat16() and regime == "lora" else torch.float32
        self.model: Any = AutoModelForCausalLM.from_pretrained(
            name,
            **at,
            dtype=dtype,
            trust_remote_code=False,
            attn_implementation=None if torch.cuda.is_available() else "eager",
        )
        self.tokenizer: Any = AutoTokenizer.from_pretrained(name, **at)
        # What a model that was trained whole is written with.
        self.stored_dtype = AutoConfig.from_pretrained(name, **at).dtype or torch.float32
        self._weights = None
        if regime == "full":
            self._weights = {key: weight.detach().cpu().clone() for key, weight in self.model.state_dict().items()}

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
