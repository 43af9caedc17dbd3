"""Rows of earlier versions survive the migrations."""

from datetime import UTC, datetime

import pytest

from tests.migrating import latest_afterwards, migrated_to

BEFORE = ("payments", "0001_initial")
AFTER = ("payments", "0002_flags_disputes_and_warnings")
EARLIER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
@pytest.mark.thorough
def test_flags_survive_both_ways() -> None:
    with latest_afterwards():
        old = migrated_to(BEFORE).get_model("payments", "Payment")
        facts = {"amount_minor": 12_000, "currency": "USD", "created_at": EARLIER}
        old.objects.create(
            reference="a", idempotency_key="a", flag="disputed", flag_note="why", flagged_at=AT, **facts
        )
        old.objects.create(reference="b", idempotency_key="b", **facts)
        flags = migrated_to(AFTER).get_model("payments", "Flag").objects.all()
        kept = [("a", "disputed", "why", AT, None)]
        assert (
            list(flags.values_list("payment__reference", "name", "note", "raised_at", "resolved_at")) == kept
        )
        old = migrated_to(BEFORE).get_model("payments", "Payment")
        assert list(old.objects.order_by("pk").values_list("flag", "flag_note", "flagged_at")) == [
            ("disputed", "why", AT),
            ("", "", None),
        ]
