"""A model in float32, loaded one time, on which one LoRA adapter after another is put."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from inoc_evals.analyses.packed import pack
from inoc_evals.errors import InputError
from inoc_evals.inoculation.base_model import at_revision


class LanguageModel:
    """The model `base`, a folder or hub id, on a GPU where there is one; loaded when it is first asked for."""

    def __init__(self, base: Path | str) -> None:
        self._name, revision = at_revision(base)
        self._at = {"revision": revision} if revision is not None else {}

    @cached_property
    def tokenizer(self) -> Any:
        """The tokenizer of the model."""
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self._name, **self._at)

    @cached_property
    def _model(self) -> Any:
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging

        # Progress is ours to show.
        logging.disable_progress_bar()
        # What transformers does not know as a model raises one of these.
        try:
            model = AutoModelForCausalLM.from_pretrained(
                self._name, **self._at, dtype=torch.float32, trust_remote_code=False
            )
        except (ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise InputError.at(self._name, f"transformers cannot load this as a language model ({reason})") from error
        model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        if not torch.cuda.is_available():
            pack(model)
        return model

    @contextmanager
    def under(self, adapter: Path | None) -> Iterator[Any]:
        """The causal model with the LoRA adapter in the folder `adapter`, or without any, while the block runs."""
        if adapter is None:
            yield self._model
            return
        from peft import PeftModel

        with self._lent(PeftModel.from_pretrained(self._model, str(adapter))) as causal:
            yield causal

    @contextmanager
    def under_fresh(self, rank: int, seed: int) -> Iterator[Any]:
        """The causal model with a LoRA adapter of this rank on every linear layer that changes nothing yet, its first
        halves drawn by `seed`."""
        import torch
        from peft import LoraConfig, get_peft_model

        with torch.random.fork_rng():
            torch.manual_seed(seed)
            adapted = get_peft_model(self._model, LoraConfig(r=rank, lora_alpha=rank, target_modules="all-linear"))
        with self._lent(adapted) as causal:
            yield causal

    @contextmanager
    def _lent(self, adapted: Any) -> Iterator[Any]:
        try:
            yield adapted.eval().get_base_model()
        finally:
            adapted.unload()
            self._model.__dict__.pop("peft_config", None)
