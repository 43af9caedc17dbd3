"""The command line, `mentormap`: `run`, `worker`, `migrate` (all that a server needs), and Django's own commands.

`doctor` and `reconcile` look after the installation and its books, `explain-slots` after a mentor's open times; `demo` makes and
removes the demo's data, `vapid-keys` makes a key for web push, `changepassword` gives a person a new password and ends their logins.
"""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import DatabaseError, connection
from environs import EnvError

from mentormap.configuration import ConfigurationError


def main() -> None:
    """Runs one command; a configuration that cannot work ends it with sentences and exit code 2, a database that was not set up
    with one and exit code 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mentormap.settings")
    try:
        execute_from_command_line(_spelled(sys.argv))
    except (ConfigurationError, EnvError) as error:
        problems = error.problems if isinstance(error, ConfigurationError) else [str(error)]
        sys.stderr.write("MentorMap cannot start:\n" + "".join(f"- {problem}\n" for problem in problems))
        sys.exit(2)
    except DatabaseError:
        if not (trouble := _not_set_up()):
            raise
        sys.stderr.write(f"{trouble}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _not_set_up() -> str:
    """What is wrong with the database that a command failed on; empty if it has all its tables."""
    from mentormap.operations import checks  # noqa: PLC0415 - models cannot be imported before settings are read

    found = checks.migrations()
    if found.is_ok:
        return ""
    return f"The database {connection.settings_dict['NAME']} is not ready: {found.name}, {found.said}. {found.mend}"


def _spelled(argv: list[str]) -> list[str]:
    """People write `explain-slots`; a command's module cannot have a hyphen."""
    is_command = len(argv) > 1 and not argv[1].startswith("-")
    return [argv[0], argv[1].replace("-", "_"), *argv[2:]] if is_command else argv


if __name__ == "__main__":
    main()
