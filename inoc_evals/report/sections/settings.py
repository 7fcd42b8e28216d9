"""What the run was asked for."""

from __future__ import annotations

from inoc_evals.plain import flat, public
from inoc_evals.report.sections import Material, Section


def compute(material: Material) -> tuple[tuple[str, str], ...] | None:
    """Names and values, without credentials; None where nobody knows them, as of files from elsewhere."""
    settings = material.findings.settings
    return tuple(flat(public(settings))) if settings else None


SECTION = Section(
    name="settings",
    title="Settings",
    order=90,
    compute=compute,
    template="""<details>
<summary>What the run was asked for</summary>
<div class="wide">
<table>
<thead><tr><th scope="col">setting</th><th scope="col">value</th></tr></thead>
<tbody>
{% for name, value in shown %}
<tr><th scope="row">{{ name }}</th><td class="text">{{ value }}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
</details>
""",
)
