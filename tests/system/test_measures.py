"""What measures the figures in the documents runs as the documents say, on small numbers."""

import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.unit.docs.markdown import ROOT

MEASURE = re.compile(r"`([^`\n]*python -m tests\.support\.\w+[^`\n]*)`")
SMALL = {"1000000": "200", "128": "2"}


def measures() -> list[str]:
    """The commands of the documents that measure something."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))]
    return sorted({command for text in texts for command in MEASURE.findall(text)})


def test_they_are_found() -> None:
    assert {name for command in measures() for name in re.findall(r"support\.(\w+)", command)} == {
        "audit_size",
        "figures_cost",
    }


@pytest.mark.parametrize("command", measures())
def test_a_measure_of_the_documents_prints_its_figures(command: str) -> None:
    words = [SMALL.get(word, word) for word in shlex.split(command)]
    variables = dict(word.split("=", 1) for word in words if "=" in word)
    arguments = [word for word in words if "=" not in word][1:]
    paths = {"PYTHONPATH": "webapp:lambda_src", **variables}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ | paths, capture_output=True, text=True, timeout=90,
        check=True,
    )  # fmt: skip
    assert re.search(r"[1-9][\d.]* (microseconds|MB)", done.stdout), done
