"""``bin/audit-dependencies``: only what was really looked up counts as good."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.config import ROOT

CLEAN = "No known vulnerabilities found"
FOUND = "Found 1 known vulnerability in 1 package\nName Version ID Fix Versions\ndjango 6.0 PYSEC-2027-1 6.0.1"
UNKNOWN = "ERROR:pip_audit._cli:django: Dependency not found and could not be audited: django (6.1)"


def run(folder: Path, said: str, status: int) -> "subprocess.CompletedProcess[str]":
    """The script beside a pip-audit that says this."""
    for name in ("bin", ".venv/bin"):
        (folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "bin" / "audit-dependencies", folder / "bin")
    program = folder / ".venv" / "bin" / "pip-audit"
    program.write_text(f"#!/bin/sh\necho \"$*\" >>asked\ncat <<'END'\n{said}\nEND\nexit {status}\n", encoding="utf-8")
    program.chmod(0o755)
    return subprocess.run(
        [folder / "bin" / "audit-dependencies"], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("said", "status", "exits_with", "words"),
    [(CLEAN, 0, 0, CLEAN), (FOUND, 1, 1, "PYSEC-2027-1"), (UNKNOWN, 1, 2, "could not be audited: django")],
)
def test_its_exit_status_says_what_is_known(
    tmp_path: Path, said: str, status: int, exits_with: int, words: str
) -> None:
    done = run(tmp_path, said, status)
    assert done.returncode == exits_with, done.stderr
    assert words in done.stdout
    assert ("NOT AUDITED" in done.stderr) == (exits_with == 2)


def test_every_pinned_package_is_asked_for_strictly(tmp_path: Path) -> None:
    run(tmp_path, CLEAN, 0)
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition(" ")[2] for line in asked] == ["requirements/dev.txt", "requirements/checkov.txt"]
    assert all("--strict" in line and "--require-hashes" in line for line in asked)
    pins = {name: set(_pins(name)) for name in ("app", "lambda", "deploy", "dev")}
    assert pins["app"] | pins["lambda"] | pins["deploy"] <= pins["dev"]


def _pins(name: str) -> list[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return [line.partition(" ")[0] for line in text.splitlines() if "==" in line and not line.startswith("#")]
