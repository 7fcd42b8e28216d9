"""Hook of mkdocs: pages made from tasks, experiments, the command line and docstrings, and the navigation."""

from __future__ import annotations

import inspect
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
COPIED = {"README.md": "about.md", **{name: name for name in ("SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md")}}
TASKS = sorted(path.parent.name for path in ROOT.glob("tasks/*/task.yaml"))
EXPERIMENTS = sorted(path.parent.name for path in ROOT.glob("experiments/*/experiment.yaml"))
RUBRICS = sorted(path.stem for path in ROOT.glob("judges/*.yaml"))
# Pages that are not written yet are left out until they are.
NAVIGATION: dict[str, list[str]] = {
    "Start here": ["README.md", "about.md", "setup.md", "demo.md", "concepts.md", "before-a-run.md"],
    "How to": [
        *(
            "experiments.md",
            "interventions.md",
            "forecast.md",
            "score.md",
            "adaptive.md",
            "hub-adapters.md",
            "resume.md",
            "arms.md",
            "conditions.md",
            "hardware.md",
            "inspect.md",
            "lm-eval.md",
        ),
        *(
            "exact.md",
            "judges.md",
            "labels.md",
            "corrected.md",
            "select-a-judge.md",
            "drift.md",
            "wordings.md",
            "local-judges.md",
            "judge-cost.md",
            "frontier.md",
            "spread.md",
            "report.md",
            "results-and-imports.md",
            "rate-anything.md",
            "json.md",
            "notebook.md",
        ),
        *("reasoning.md", "proof.md", "sandbox.md", "fit-to-be-measured.md"),
        *("training.md", "surprise.md", "influence.md", "steering.md", "serving.md", "security.md"),
    ],
    "Trust it": ["numbers.md", "measurements.md"],
    "Add to it": [
        *("tasks-and-rubrics.md", "add-a-rubric.md", "add-a-measure.md", "add-a-protocol.md"),
        *("add-a-report-section.md", "layout.md", "register/README.md"),
    ],
    "Experiments": [f"experiments/{name}.md" for name in EXPERIMENTS],
    "Tasks": [f"tasks/{name}.md" for name in TASKS],
    "Rubrics": ["rubrics/README.md", *(f"rubrics/{name}.md" for name in RUBRICS)],
    "Reference": ["commands.md", "api.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md"],
}
LINK = re.compile(r"(?<!\!)\[([^\]]*)\]\(([^)\s:#]+)(#[^)\s]*)?\)")
PICTURE = re.compile(r"(!\[[^\]]*\]\()docs/")


def _linked(text: str, origin: str, page: str) -> str:
    """`text` of the repository's file `origin` as it stands on `page`: links lead to pages, or are plain text."""

    def change(link: re.Match[str]) -> str:
        label, target, anchor = link[1], link[2], link[3] or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
        where = _page_of(path)
        if where is None:
            return label if (ROOT / path).exists() else link[0]
        return f"[{label}]({posixpath.relpath(where, posixpath.dirname(page) or '.')}{anchor})"

    return PICTURE.sub(r"\1", LINK.sub(change, text))


def _page_of(path: str) -> str | None:
    task = re.fullmatch(r"tasks/(\w+)(/README\.md|/task\.yaml)?", path)
    experiment = re.fullmatch(r"experiments/(\w+)(/README\.md|/experiment\.yaml)?", path)
    rubric = re.fullmatch(r"judges/(\w+)\.yaml", path)
    if task and task[1] in TASKS:
        return f"tasks/{task[1]}.md"
    if experiment and experiment[1] in EXPERIMENTS:
        return f"experiments/{experiment[1]}.md"
    if rubric and rubric[1] in RUBRICS:
        return f"rubrics/{rubric[1]}.md"
    inside = path.removeprefix("docs/")
    return COPIED.get(path) or (inside if inside != path and (ROOT / path).is_file() else None)


def _task_page(name: str) -> str:
    folder = ROOT / "tasks" / name
    readme = _linked((folder / "README.md").read_text(encoding="utf-8"), f"tasks/{name}/README.md", f"tasks/{name}.md")
    text = f"{readme}\n## task.yaml\n\n```yaml\n{(folder / 'task.yaml').read_text(encoding='utf-8')}```\n"
    if (folder / "items.jsonl").exists():
        items = (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()
        text += f"\n## Items\n\n{len(items)} in all; the first three:\n\n```json\n" + "\n".join(items[:3]) + "\n```\n"
    return text


def _experiment_page(name: str) -> str:
    """The README, then what the file says: arms, scales, and what the source found; then the file itself."""
    folder, page = ROOT / "experiments" / name, f"experiments/{name}.md"
    readme = _linked((folder / "README.md").read_text(encoding="utf-8"), f"experiments/{name}/README.md", page)
    text = (folder / "experiment.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    source = told["source"]
    parts = [readme, f"## The experiment\n\n{told['question']} From {source['paper']}, {source['where']}.", "### Arms"]
    parts.append(_table(("arm", "role", "prompt in training", "asks for"), map(_arm, told["arms"].items())))
    scales = ((name, scale["base"], _said(scale.get("recipe", {}))) for name, scale in told["scale"].items())
    parts += ["### Scales", _table(("scale", "base", "recipe"), scales)]
    if told.get("found"):
        found = ((each["that"], each["where"]) for each in told["found"])
        parts += ["### What the source found", _table(("statement", "where"), found)]
    return "\n\n".join([*parts, f"## experiment.yaml\n\n```yaml\n{text}```"]) + "\n"


def _arm(named: tuple[str, dict[str, Any]]) -> tuple[str, ...]:
    name, arm = named
    prompts = arm.get("prompts", [arm["prompt"]] if "prompt" in arm else [])
    prompt = arm.get("prompt_file") or "; ".join(prompts) or ("not trained" if arm.get("untrained") else "none")
    return name, arm.get("role", "treatment"), prompt, ", ".join(arm.get("asks_for", ()))


def _said(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(' '.join(cell.replace('|', '&#124;').split()) for cell in line)} |" for line in lines
    )


def _command_pages(command: click.Command, context: click.Context, depth: int = 1) -> str:
    text = f"{'#' * min(depth, 6)} {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                text += _command_pages(below, click.Context(below, info_name=name, parent=context), depth + 1)
    return text


def _api_page() -> str:
    import inoc_evals

    text = "# Public API\n\n"
    for name in inoc_evals.__all__:
        value = getattr(inoc_evals, name)
        text += _documented(f"## inoc_evals.{name}", value)
        if inspect.isclass(value):
            for key, method in vars(value).items():
                if not key.startswith("_") and inspect.isfunction(method):
                    text += _documented(f"### {name}.{key}", method)
    return text


def _documented(heading: str, value: Any) -> str:
    return f"{heading}\n\n```text\n{inspect.signature(value)}\n```\n\n{inspect.getdoc(value) or ''}\n\n"


def _made() -> dict[str, str]:
    from inoc_evals.cli import cli

    pages = {page: _linked((ROOT / path).read_text(encoding="utf-8"), path, page) for path, page in COPIED.items()}
    pages |= {f"tasks/{name}.md": _task_page(name) for name in TASKS}
    pages |= {f"experiments/{name}.md": _experiment_page(name) for name in EXPERIMENTS}
    context = click.Context(cli, info_name="inoc-evals", terminal_width=100)
    return pages | {"commands.md": _command_pages(cli, context), "api.md": _api_page()}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Every page that there is, in the order of NAVIGATION."""
    made = {*COPIED.values(), "commands.md", "api.md"}
    config.nav = [
        {
            part: [
                page
                for page in pages
                if page in made or page.startswith(("tasks/", "experiments/")) or (ROOT / "docs" / page).exists()
            ]
        }
        for part, pages in NAVIGATION.items()
    ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from other files."""
    for page, text in _made().items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Links of pages in docs that lead out of docs lead to the pages made from those files."""
    path = page.file.src_uri
    return _linked(markdown, f"docs/{path}", path) if (ROOT / "docs" / path).exists() else markdown
