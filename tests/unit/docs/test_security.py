"""What the threat model says is checked is checked by something that exists."""

import re

import pytest

from tests.unit.docs.markdown import ROOT

SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:tests/[\w/]*|test_\w+\.py))`", SECURITY))))
def test_what_it_names_as_a_check_is_there(name: str) -> None:
    found = [ROOT / name] if "/" in name else list((ROOT / "tests").rglob(name))
    assert any(path.exists() for path in found)


@pytest.mark.parametrize("quoted", sorted(set(re.findall(r'"([A-Z][^"]+)"', SECURITY))))
def test_what_it_quotes_of_the_proof_stands_there(quoted: str) -> None:
    assert f"**{quoted}.**" in (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
