"""How many tokens a character is, by script: one short text in many languages, by the tokenizers that are here.

What judges are expected to take is estimated by these figures (inoc_evals/judging/tokens.py). Tekken is a tokenizer of
131,072 tokens that was trained on many languages, as those of recent hosted judges are; it comes with mistral_common, a
part of vLLM. The 32,000 tokens of Mistral's first one, and SmolLM2's, which was trained on English, show how far others
are above. The texts are ours and say the same in each language; what the tokenizers made of them stands beside them and
is what tests/judging/test_tokens.py goes by. Runs in seconds, and asks nobody: `python benchmarks/tokens.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from inoc_evals.judging.tokens import estimated_tokens

TEXTS = Path(__file__).parent / "data" / "scripts.json"


def tokenizers() -> dict[str, Callable[[str], int]]:
    """How many tokens a text is, by tokenizer."""
    import mistral_common
    from mistral_common.tokens.tokenizers.sentencepiece import SentencePieceTokenizer
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer
    from transformers import AutoTokenizer

    from inoc_evals.checkpoints.resolve import resolve

    data = Path(mistral_common.__file__).parent / "data"
    tekken = Tekkenizer.from_file(data / "tekken_240911.json")
    first = SentencePieceTokenizer(data / "tokenizer.model.v1")
    small = AutoTokenizer.from_pretrained(resolve("smollm2").base)
    return {
        "Tekken": lambda text: len(tekken.encode(text, bos=False, eos=False)),
        "Mistral, 32k": lambda text: len(first.encode(text, bos=False, eos=False)),
        "SmolLM2": lambda text: len(small(text, add_special_tokens=False)["input_ids"]),
    }


def main() -> None:
    """Print tokens a character of each text by each tokenizer, and what is estimated."""
    counts = tokenizers()
    texts = {name: each["text"] for name, each in json.loads(TEXTS.read_text(encoding="utf-8")).items()}
    print(f"{'text':<22}{'characters':>11}" + "".join(f"{name:>14}" for name in counts) + f"{'estimate':>13}")
    for name, text in texts.items():
        found = [count(text) for count in counts.values()]
        shares = "".join(f"{tokens / len(text):>14.3f}" for tokens in found)
        least, most = (tokens / len(text) for tokens in estimated_tokens(text))
        print(f"{name:<22}{len(text):>11}{shares}{least:>10.3f} to {most:.3f}")


if __name__ == "__main__":
    main()
