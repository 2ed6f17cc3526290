"""Debian's packages for the programs that tests call. As a program: print those that are missing here.

What needs a program that is missing is left out by ``make test``, with a line that says so.
"""

import shutil
from collections.abc import Mapping

from tests.rehearsal import needs

PROGRAMS = {
    "chromium": "chromium",
    "curl": "curl",
    "java": "default-jdk-headless",
    "javac": "default-jdk-headless",
    "mvn": "maven",
}
"""Those of tests outside of the rehearsal."""


def missing(programs: Mapping[str, str]) -> list[str]:
    """The packages of ``programs`` that have to be installed first."""
    return sorted({package for program, package in programs.items() if shutil.which(program) is None})


if __name__ == "__main__":
    print(*missing(PROGRAMS | needs.PACKAGES))
