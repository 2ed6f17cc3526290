"""Every relative link of a document leads somewhere."""

from pathlib import Path

import pytest

from tests.unit.docs.markdown import ROOT, anchors, documents, links


def broken(document: Path, text: str) -> list[str]:
    """The links of ``text``, which stands at ``document``, that lead nowhere."""
    found = []
    for link in links(text):
        path, _, anchor = link.partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        target = document.parent / path if path else document
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            found.append(link)
    return found


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert broken(document, document.read_text(encoding="utf-8")) == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    text = (
        "[a](README.md), [b](docs/none.md), [c](docs/costs.md#idle), [d](docs/costs.md#none), [e](https://a.example/)"
    )
    assert broken(ROOT / "README.md", text) == ["docs/none.md", "docs/costs.md#none"]
