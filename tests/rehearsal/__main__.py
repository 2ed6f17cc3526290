"""``make rehearse``: run the rehearsal's tests in their order; at the end, how long everything took."""

import subprocess
import sys

from tests.rehearsal import needs, places


def main() -> int:
    """The exit status of pytest; 2 where no rehearsal can run."""
    if missing := needs.missing():
        print(f"No rehearsal: {missing}", file=sys.stderr)
        return 2
    folder = str((places.ROOT / "tests" / "rehearsal").relative_to(places.ROOT))
    command = (sys.executable, "-m", "pytest", folder, "-v", *sys.argv[1:])
    return subprocess.run(command, cwd=places.ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
