"""The runbook's table of figures is that of the code, name by name and word by word."""

import re

from figures.table import FIGURES, Figure
from tests.unit.docs.markdown import ROOT

RUNBOOK = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def row(figure: Figure) -> str:
    """What the table says of a figure."""
    between = " and by " if figure.apart else " and "
    by = f" by {between.join(f'`{name}`' for name in figure.dimensions)}" if figure.dimensions else ""
    prometheus = figure.prometheus + ("_total" if figure.kind == "counter" else "")
    return f"| `{figure.name}`{by} | `{prometheus}` | {figure.unit} | {figure.meaning} |"


def test_the_runbook_has_every_figure_and_no_other() -> None:
    assert re.findall(r"^\| `\w+`.* \| `account_ledger_\w+` .*\|$", RUNBOOK, re.MULTILINE) == [
        row(figure) for figure in FIGURES
    ]
