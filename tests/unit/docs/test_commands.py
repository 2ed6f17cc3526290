"""The commands of the guides: the same in both languages, and tried where a guide says so."""

import re

import pytest

from tests.rehearsal.test_runbook import ELSEWHERE, WATCH, commands
from tests.unit.docs.markdown import ROOT, blocks

DEPLOYMENT = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
GUIDES = DEPLOYMENT + (ROOT / "docs" / "tls.md").read_text(encoding="utf-8")
REHEARSAL = ROOT / "tests" / "rehearsal"
# What a command runs, as the rehearsal's tests name it.
PROGRAM = re.compile(r"/opt/dynamodb-test/\w+\.\w+|account-manage \w+|(?<=playbooks/)\w+(?=\.yml)")
TRIED = re.compile(r"(?:test_\w+|conftest)\.py")


def read(name: str) -> str:
    """A document of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_korean_readme_has_no_block_of_its_own() -> None:
    known = {*blocks(read("README.md")), *blocks(DEPLOYMENT)}
    korean = blocks(read("README.ko.md"))
    assert len(korean) > 10
    assert [block for block in korean if block not in known] == []


def claims() -> list[tuple[str, str]]:
    """(program, test file) for what the guide says was tried."""
    found = []
    for row in re.findall(r"^\| .+\|$", GUIDES, re.MULTILINE):
        *cells, tried = (cell.strip() for cell in row.strip("|").split(" | "))
        if tried.startswith(("`test_", "as a part")):
            found += [(program, name) for program in PROGRAM.findall(" ".join(cells)) for name in TRIED.findall(tried)]
    for block, after in re.findall(r"((?:^ {4}.*\n)+)\n\*Tried\*([^:]*: `[^`]+`)", GUIDES, re.MULTILINE):
        found += [(program, name) for program in PROGRAM.findall(block) for name in TRIED.findall(after)]
    return found


@pytest.mark.parametrize("program, test", claims())
def test_what_the_guide_says_was_tried_is_run_by_that_test(program: str, test: str) -> None:
    if test == "test_runbook.py":  # it takes its commands from the documents
        assert any(program in command for command in [*commands(), WATCH])
        return
    source = (REHEARSAL / test).read_text(encoding="utf-8")
    assert program in source if "/" in program or " " in program else f'play("{program}"' in source


@pytest.mark.parametrize("command, test", ELSEWHERE.items())
def test_what_the_runbooks_test_leaves_to_another_is_run_by_that_one(command: str, test: str) -> None:
    source = (REHEARSAL / test).read_text(encoding="utf-8")
    played = re.search(r"playbooks/(\w+)\.yml", command)
    if played is not None:
        options = "".join(f', "{word}"' for word in command.split() if word.startswith("--"))
        assert f'play("{played[1]}"' + options in source
    if version := re.search(r"-e (\w+)=VERSION", command):
        assert version[1] in source
    if played is None:
        on_the_host = command.rpartition("sudo ")[2]
        by_make = command in read("Makefile") and "make admin" in source
        assert on_the_host in source or by_make


def test_the_claims_are_found() -> None:
    assert {("site", "test_site.py"), ("app", "test_releases.py"), ("teardown", "test_teardown.py")} <= set(claims())
    assert ("account-manage audit", "test_payments.py") in claims()
    assert {("certificates", "test_tls.py"), ("teardown", "test_removal.py")} <= set(claims())


def test_every_test_that_the_guides_name_is_there() -> None:
    named = set(re.findall(r"`(test_\w+\.py)`", GUIDES)) - {"test_dynamodb.py"}
    assert named
    assert [name for name in sorted(named) if not (REHEARSAL / name).is_file()] == []
