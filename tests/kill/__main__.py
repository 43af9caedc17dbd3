"""`python -m tests.kill [EVERY]`: kills after every point of every journey, or after every tenth, and says what came of it.

On SQLite, or on the server that TEST_DATABASE_URL names. Ends with 1 if anything is broken.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from tests.kill.harness import kill_all  # noqa: E402

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="mentormap-kill-") as folder:
        every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
        report = kill_all(Path(folder), every=every)
    sys.stdout.write(f"{report}\n")
    sys.exit(0 if report.is_well else 1)
