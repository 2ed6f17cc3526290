"""The page about the audit explains every finding and no other."""

import ast
import re

from tests.unit.docs.markdown import ROOT

PAGE = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
AUDITING = ROOT / "webapp" / "ledger" / "auditing"


def kinds() -> set[str]:
    """The kinds of findings that the audit's code makes."""
    found = {"unconfirmed"}  # made of another one by ``replace``
    for path in AUDITING.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding":
                kind = node.args[1]
                assert isinstance(kind, ast.Constant), f"{path.name}:{node.lineno}: a kind that is not written out"
                found.add(str(kind.value))
    return found


def test_every_finding_is_explained_and_no_other() -> None:
    findings = PAGE.split("\n## Findings\n")[1].split("\n### ")[0]
    rows = re.findall(r"^\| (`.+?) \|", findings, re.MULTILINE)
    explained = {kind for row in rows for kind in re.findall(r"`([a-z-]+)`", row)}
    assert explained | {"nobodys-row"} == kinds()
    assert "`nobodys-row`" in findings
