"""What the tests of the documents read out of Markdown."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]

_HEADING = re.compile(r"^#{1,6} (?P<text>.+)$", re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_BLOCK = re.compile(r"(?:^|(?<=\n\n))(?: {4}[^\n]*\n)(?:(?: {4}[^\n]*)?\n)*")


def documents() -> list[Path]:
    """All tracked Markdown files."""
    listed = subprocess.run(
        ("git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"),
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def blocks(text: str) -> list[str]:
    """The blocks of commands and outputs: what is indented by four spaces after an empty line; without those spaces.

    What is parted by empty lines only is several blocks.
    """
    found = []
    for match in _BLOCK.finditer(text):
        lines = [line.removeprefix("    ") for line in match[0].splitlines()]
        found += [part for part in "\n".join(lines).strip("\n").split("\n\n") if part]
    return found


def links(text: str) -> list[str]:
    """The targets of links and pictures."""
    return [match["target"] for match in _LINK.finditer(text)]


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    plain = (re.sub(r"[^\w\- ]", "", match["text"].lower()) for match in _HEADING.finditer(text))
    return {heading.strip().replace(" ", "-") for heading in plain}
