"""The wheels that the playbooks put into artifacts and hosts, fetched before: the operator's network has no way out.

pip in the operator's seat takes them from this folder. Everything else of the builds is the same as in production.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from tests.rehearsal import places

TARGETS = {
    "lambda.txt": ("manylinux2014_aarch64", "manylinux_2_28_aarch64", "manylinux2014_x86_64"),
    "app.txt": ("manylinux1_x86_64", "manylinux2014_x86_64", "manylinux_2_28_x86_64"),
}
"""Requirements and the platforms that bin/build-lambda and bin/build-wheelhouse want them for."""


def fetched() -> Path:
    """The folder with all wheels; it is filled once for each state of the requirements.

    Raises ``CalledProcessError`` when pip cannot.
    """
    texts = [(places.ROOT / "requirements" / name).read_bytes() for name in TARGETS]
    folder = places.cache_folder() / f"wheels-{hashlib.sha256(b''.join(texts)).hexdigest()[:12]}"
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        for name, platforms in TARGETS.items():
            _download(name, platforms, unfinished)
        unfinished.rename(folder)
    return folder


def _download(name: str, platforms: tuple[str, ...], folder: Path) -> None:
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:",
        "--python-version=3.13", "--implementation=cp", "--abi=cp313", f"--dest={folder}",
        *(f"--platform={platform}" for platform in platforms),
        "--requirement", str(places.ROOT / "requirements" / name),
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=600)
