"""`mentormap doctor` as an operator runs it."""

import os
import subprocess
import sys
from pathlib import Path


def doctor(folder: Path, url: str) -> dict[str, str]:
    """Its line on each subject, for the database at this address; the result comes first."""
    done = subprocess.run(
        [sys.executable, "-m", "mentormap.cli", "doctor"],
        env={"PATH": os.environ["PATH"], "MENTORMAP_DATA_DIR": str(folder), "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    return {words[1]: " ".join(words) for words in lines if len(words) > 1}
