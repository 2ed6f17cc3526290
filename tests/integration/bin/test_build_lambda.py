"""The Lambda's artifact as it is deployed: built twice, and run without anything else of this machine."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

from sandbox.config import ROOT

# The handler as Lambda loads it: from the unpacked artifact, with nothing but the standard library beside it.
RUN = """
import sys
sys.path[:0] = [sys.argv[1]]
import botocore, handler
empty = handler.handler({"Records": []}, None)
print(botocore.__version__, empty, handler.ledger().topology.regions, handler.__file__.startswith(sys.argv[1]))
"""


def build() -> tuple[Path, str]:
    """Path and hash, as the script prints them."""
    done = subprocess.run([ROOT / "bin" / "build-lambda"], capture_output=True, text=True, check=True, timeout=100)
    path, digest = done.stdout.split()
    return Path(path), digest


def test_it_is_built_reproducibly_and_runs_alone(tmp_path: Path) -> None:
    path, digest = build()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert build() == (path, digest)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, str(tmp_path)],
        env={"LEDGER_REGION": "eu-central-1", "LEDGER_REGIONS": "ap-northeast-2,eu-central-1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    wanted = (ROOT / "requirements" / "lambda.txt").read_text(encoding="utf-8")
    version = wanted.partition("botocore==")[2].split()[0]
    assert done.stdout.split(maxsplit=1) == [
        version,
        "{'batchItemFailures': []} ('ap-northeast-2', 'eu-central-1') True\n",
    ]
