"""The command line, `mentormap`: `run`, `worker`, `migrate`, `createcachetable` (all that a server needs), and Django's own.

`doctor` and `reconcile` look after the installation and its books, `explain-slots` after a mentor's open times; `demo` makes and
removes the demo's data, `vapid-keys` makes a key for web push. `reencrypt` is a step of changing SECRET_KEY. Of Django's own,
`changepassword` ends the person's logins as well, and `createcachetable`, like `migrate`, runs one at a time.
"""

import os
import sys
from typing import Final

from django.core.management import execute_from_command_line
from django.db import Error, connection
from environs import EnvError

from mentormap.lib import unavailable
from mentormap.settings.environment import ConfigurationError

SETTING_UP: Final = frozenset({"migrate", "createcachetable", "run"})
"""Commands that create the tables: if one of them fails, advice to run it would hide the reason."""


def main() -> None:
    """Runs one command. A wrong configuration ends it with sentences and exit code 2, a database that cannot be used or
    is not set up with one sentence and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mentormap.settings.base")
    try:
        execute_from_command_line(_normalise_command(sys.argv))
    except (ConfigurationError, EnvError) as error:
        problems = error.problems if isinstance(error, ConfigurationError) else [str(error)]
        sys.stderr.write("MentorMap cannot start:\n" + "".join(f"- {problem}\n" for problem in problems))
        sys.exit(2)
    except (Error, OSError) as error:
        if not (explanation := _explain(error)):
            raise
        sys.stderr.write(f"{explanation}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _explain(error: Error | OSError) -> str:
    """Returns a sentence for errors that need no traceback: a full disk, or a database that cannot be reached or lacks tables. Empty
    for a bug, and for errors of a migration."""
    if isinstance(error, OSError):
        return f"The disk is full: {error}" if unavailable.is_full(error) else ""
    name = connection.settings_dict["NAME"]
    if cause := unavailable.cause_of(error):
        return f"The database {name} cannot be used: {unavailable.in_words(cause)}"
    missing = _not_set_up() if SETTING_UP.isdisjoint(sys.argv[1:2]) else ""
    return f"The database {name} is not ready: {missing}" if missing else ""


def _not_set_up() -> str:
    from mentormap.operations.health import checks  # noqa: PLC0415 - models cannot be imported before settings are read

    found = checks.migrations()
    return "" if found.is_ok else f"{found.name}, {found.message}. {found.remedy}"


def _normalise_command(argv: list[str]) -> list[str]:
    """People write `explain-slots`; a command's module cannot have a hyphen."""
    is_command = len(argv) > 1 and not argv[1].startswith("-")
    return [argv[0], argv[1].replace("-", "_"), *argv[2:]] if is_command else argv


if __name__ == "__main__":
    main()
