"""How many made-up cases are tried: the usual number each time, as many as EXAMPLES says on demand, and then new ones each time."""

import os
from typing import Final

AS_USUAL: Final = "EXAMPLES" not in os.environ


def examples(usual: int) -> int:
    """A third of them on PostgreSQL, which has the same rules to keep and takes longer."""
    if not AS_USUAL:
        return int(os.environ["EXAMPLES"])
    return usual // 3 if "TEST_DATABASE_URL" in os.environ else usual
