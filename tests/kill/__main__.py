"""`python -m tests.kill [EVERY SHARE]`: kills after every point of every journey, and says what came of it.

With `30 7` it kills after the points 8, 38, 68 and so on. On SQLite, or on the server that TEST_DATABASE_URL names. Ends with 1 if
anything is broken.
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
        every, share = map(int, sys.argv[1:] or (1, 0))
        report = kill_all(Path(folder), every=every, share=share)
    sys.stdout.write(f"{report}\n")
    sys.exit(0 if report.is_well else 1)
