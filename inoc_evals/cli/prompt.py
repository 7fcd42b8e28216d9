"""The options of the commands that look at one training prompt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from inoc_evals.analyses.response_losses import Prompt

_OPTIONS = (
    click.option("--prompt", default=None, help="the instruction that asks for the trait"),
    click.option("--prompt-file", type=click.Path(path_type=Path), default=None, help="it, as a text file holds it"),
    click.option("--placement", type=click.Choice(["system", "user"]), default="system", show_default=True),
)


@dataclass(frozen=True)
class PromptNamed:
    """A prompt as the command line names it: its text, or the file that holds it."""

    text: str | None
    file: Path | None
    placement: Literal["system", "user"]

    def read(self) -> Prompt:
        """The prompt itself. Raises InputError where there is none or two."""
        from inoc_evals.commands.surprise import given_prompt

        return given_prompt(self.text, self.file, self.placement)


def prompt_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the options of one prompt, as its parameter `prompt`, a `PromptNamed`."""

    @wraps(command)
    def called(
        *, prompt: str | None, prompt_file: Path | None, placement: Literal["system", "user"], **others: Any
    ) -> Any:
        return command(prompt=PromptNamed(prompt, prompt_file, placement), **others)

    options: Callable[..., Any] = called
    for option in reversed(_OPTIONS):
        options = option(options)
    return options
