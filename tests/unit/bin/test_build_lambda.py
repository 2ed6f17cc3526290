"""The Lambda's artifact, as far as it needs no wheels from elsewhere."""

import importlib.machinery
import importlib.util
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sandbox.config import ROOT


@pytest.fixture(scope="module")
def script() -> Any:
    """``bin/build-lambda`` as a module."""
    loader = importlib.machinery.SourceFileLoader("build_lambda", str(ROOT / "bin" / "build-lambda"))
    spec = importlib.util.spec_from_loader("build_lambda", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_it_holds_the_handler_the_ledger_and_the_figures_and_no_other_code_of_ours(script: Any) -> None:
    files = script.ledger_files()
    assert {"handler.py", "ages.py", "ledger/dynamodb.py", "ledger/auditing/run.py", "figures/emf.py"} <= files.keys()
    assert {name.partition("/")[0] for name in files} == {"handler.py", "ages.py", "figures", "ledger"}
    assert not [name for name in files if "__pycache__" in name]


def test_the_same_files_make_the_same_bytes(script: Any, tmp_path: Path) -> None:
    files = {"b.py": b"2", "a/c.py": b"3", "a.py": b"1"}
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    mask = os.umask(0o077)
    try:
        script.write(files, first)
    finally:
        os.umask(mask)
    script.write(dict(reversed(files.items())), second)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == ["a.py", "a/c.py", "b.py"]
        # Lambda's user is another one than the owner: it must be able to read.
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


def test_other_bytes_make_another_artifact(script: Any, tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    script.write({"a.py": b"1"}, first)
    script.write({"a.py": b"2"}, second)
    assert first.read_bytes() != second.read_bytes()


def test_scripts_of_wheels_are_left_out(script: Any, tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in ("x/__init__.py", "x-1.data/scripts/x", "x-1.dist-info/METADATA"):
            archive.writestr(name, b"")
    assert script.wheel_files(wheel).keys() == {"x/__init__.py", "x-1.dist-info/METADATA"}
