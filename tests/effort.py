"""How many made-up cases a test tries: a third of them each time, all with EVERY_EXAMPLE=1, as many as EXAMPLES says on demand."""

import os
from typing import Final

AS_USUAL: Final = "EXAMPLES" not in os.environ
"""Consistency tries the same cases each time, and new ones on demand."""


def examples(most: int) -> int:
    """A third of what is usual on PostgreSQL, which has the same rules to keep and takes longer."""
    if not AS_USUAL:
        return int(os.environ["EXAMPLES"])
    usual = most if "EVERY_EXAMPLE" in os.environ else most // 3
    return usual // 3 if "TEST_DATABASE_URL" in os.environ else usual
