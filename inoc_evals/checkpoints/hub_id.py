"""What the user writes for weights of the hub: [hub:]ORG/NAME[/FOLDER][@REVISION]. Nothing is asked here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError

# Says that what follows is weights of the hub, where it could also be a model of a provider or a folder.
HUB = "hub:"
# What stands in a name of the hub, and what a folder may be called beside that.
_REPOSITORY = r"(?a:[A-Za-z0-9_][\w.-]{0,95}/[\w.-]{1,96})"
_FOLDER = r"(?!\.{1,2}(?:[/@]|\Z))[\w.+=,~() -]{1,100}"
# As git has them; two dots or a slash at the start would lead out of the cache.
_REVISION = r"(?a:(?!.*\.\.)\w[\w./-]{0,99})"
HUB_ID = re.compile(
    rf"(?P<repository>{_REPOSITORY})(?P<folder>(?:/{_FOLDER}){{0,16}})(?:@(?P<revision>{_REVISION}))?\Z"
)
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class HubId:
    """A folder of a repository of the hub, "" being all of it, at a branch, tag or commit; without one the main branch
    is meant."""

    repository: str
    folder: str = ""
    revision: str | None = None

    def __str__(self) -> str:
        return f"{self.place}{f'@{self.revision}' if self.revision else ''}"

    @property
    def place(self) -> str:
        """ORG/NAME/FOLDER."""
        return f"{self.repository}/{self.folder}".rstrip("/")


def read_hub_id(text: str) -> HubId | None:
    """The id that `text`, without hub:, can be, or None."""
    found = HUB_ID.match(text)
    if found is None:
        return None
    return HubId(found["repository"], found["folder"].removeprefix("/"), found["revision"])


def hub_id(reference: str) -> HubId | None:
    """The id behind hub:, or None without that beginning. Raises InputError for what is no id."""
    if not reference.startswith(HUB):
        return None
    name = reference.removeprefix(HUB)
    found = read_hub_id(name)
    if found is None:
        remedy = f"write {HUB}ORG/NAME, {HUB}ORG/NAME@REVISION or {HUB}ORG/NAME/FOLDER@REVISION"
        raise InputError(f"{shown(name)} is no id of the hub; {remedy}")
    return found
