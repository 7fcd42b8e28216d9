"""Does an adapter name the base that it is to be served on? Told by content where it can be, and else by names."""

from __future__ import annotations

import os
import re
from pathlib import Path

from inoc_evals.checkpoints.adapter import CONFIG, read_config
from inoc_evals.checkpoints.embedded import NAME
from inoc_evals.checkpoints.hub import blob_sha256, called
from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.quantised import CONFIG as MODEL_CONFIG
from inoc_evals.checkpoints.quantised import configured
from inoc_evals.definitions.reading import read_object
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

RECORD = "training.json"
# How huggingface_hub lays models in its cache.
_CACHED = re.compile(r"models--([^/]+)--([^/]+)/snapshots/[^/]+/?$")
# Quantised copies, on which adapters are often trained, are called after their original.
_QUANTISED = re.compile(
    r"([-_.](unsloth|bnb|awq|gptq|autoround|dynamic|quantized|fp8|nf4|nvfp4|mxfp4|gguf|int\d+|w\d+a\d+|g\d+|\d+-?bit))+$"
)


def check_base(served: str, adapter: Path) -> None:
    """Raise InputError if the adapter in the folder `adapter` was made for another base than `served`, a folder or hub
    id.

    Its configuration names a base, and the record of a training of ours does. Either is right if it is `served` by path
    or id, by the content of the weights, or, where that is not here, by the last part of its name, the words for a
    quantisation at its end aside. A path alone that differs is no fault.
    """
    named = read_config(adapter).base
    if not _is_same(named, served):
        remedy = "serve that one, or, if these are its weights, write so into base_model_name_or_path"
        raise InputError.at(
            adapter / CONFIG, f"the adapter is for {shown(named)} and would be served on {_shown(served)}; {remedy}"
        )
    trained_on, content = _recorded(adapter)
    if trained_on is None or _name(trained_on) == _name(served) or _is_content(content, served):
        return
    message = f"it was trained on {shown(trained_on)} and would be served on {_shown(served)}"
    raise InputError.at(adapter / RECORD, f"{message}; serve the base it was trained on")


def _is_same(named: str, served: str) -> bool:
    if named == served or named.partition("@")[0] == served.partition("@")[0]:
        return True
    here = Path(named).expanduser() if os.path.isdir(os.path.expanduser(named)) else None  # noqa: PTH111, PTH112
    if here is not None and os.path.isdir(served):  # noqa: PTH112
        same = here.resolve() == Path(served).resolve() or _weights(here) == _weights(Path(served))
        # A quantised copy lies beside its original.
        return same or (_name(named) == _name(served) and _is_quantised(Path(served)))
    if named == NAME or served == NAME:
        return _name(named).startswith(NAME) and _name(served).startswith(NAME)
    return _name(named) == _name(served)


def _is_quantised(folder: Path) -> bool:
    return (folder / MODEL_CONFIG).is_file() and configured(folder / MODEL_CONFIG) is not None


def _weights(folder: Path) -> list[str]:
    return sorted(blob_sha256(path) for path in folder.glob("*.safetensors"))


def _name(reference: str) -> str:
    """The last part of a path or id, without what says that it is quantised."""
    reference = str(called(reference) or reference)
    cached = _CACHED.search(reference)
    last = cached[2] if cached else reference.partition("@")[0].rstrip("/").rpartition("/")[2]
    return _QUANTISED.sub("", last.casefold())


def _shown(served: str) -> str:
    return shown(str(called(served) or served))


def _recorded(adapter: Path) -> tuple[str | None, str | None]:
    """Name and content hash of the base in the record of a training of ours; None where there is none."""
    path = adapter / RECORD
    if not path.is_file():
        return None, None
    record = read_object(path, "the record of a training")
    name, content = record.get("base"), record.get("base_sha256")
    return (name if isinstance(name, str) else None), (content if isinstance(content, str) else None)


def _is_content(content: str | None, served: str) -> bool:
    return content is not None and os.path.isdir(served) and content == folder_sha256(Path(served), blob_sha256)  # noqa: PTH112
