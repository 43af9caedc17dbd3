"""Run beside a program that has come to rest: fails unless time and money agree; says how many sessions there are of each kind."""

import sys
from collections import Counter

import django

django.setup()

from mentormap.bookings.models import Session  # noqa: E402
from mentormap.bookings.reconciliation.ledger import ledgers  # noqa: E402
from tests.consistency.invariants import (  # noqa: E402
    assert_cells_are_those_of_live_sessions,
    assert_history_is_a_chain,
    assert_moves_lead_here,
    assert_nobody_is_booked_twice,
    assert_told_once,
)


def main() -> str:
    assert_cells_are_those_of_live_sessions()
    assert_nobody_is_booked_twice()
    assert [line for line in ledgers().values() if not line.agree] == []
    sessions = Session.objects.select_related("mentor").filter(student__email__endswith="@users.example")
    for session in sessions:
        assert_history_is_a_chain(session)
        assert_moves_lead_here(session)
        assert_told_once(session)
    kinds = Counter(sessions.values_list("status", "payment_status"))
    return ", ".join(f"{count} {' + '.join(kind)}" for kind, count in sorted(kinds.items()))


if __name__ == "__main__":
    sys.stdout.write(main())
