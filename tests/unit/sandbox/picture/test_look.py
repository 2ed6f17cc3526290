"""The look of the picture and of the bastion's status page: one, and readable in both themes."""

import re
from collections.abc import Iterator

import pytest
from ledger_status.look import TOKENS

from sandbox.config import ROOT

STATIC = ROOT / "sandbox" / "picture" / "static"
STYLE = (STATIC / "picture.css").read_text(encoding="utf-8")
ENOUGH = 4.5  # WCAG 2.2, 1.4.3, level AA, text of usual size
WORDS = ("ink", "quiet", "accent", "one", "two", "ok", "late", "bad")


def tokens(style: str) -> str:
    """What stands between the marks."""
    return style.split("begin */\n")[1].split("/* The look: end */")[0]


def test_the_status_page_of_the_bastion_has_the_same_colours_and_type() -> None:
    assert tokens(STYLE) == TOKENS


def themes() -> Iterator[tuple[str, dict[str, str]]]:
    light, dark = tokens(STYLE).split("@media")
    for name, block in (("light", light), ("dark", dark)):
        yield name, dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme, colours", list(themes()))
def test_every_text_stands_out_from_what_is_behind_it(theme: str, colours: dict[str, str]) -> None:
    pairs = [(word, behind) for word in WORDS for behind in ("card", "sunk", "paper")] + [("on-accent", "accent")]
    faint = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: found for pair, found in faint.items() if found < ENOUGH} == {}, theme


def test_black_on_white_has_the_contrast_that_the_definition_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_nothing_comes_from_elsewhere() -> None:
    for file in STATIC.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?:https?:)?//[a-z]+\.", text), file.name
