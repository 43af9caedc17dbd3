"""What bench/outbox.py measures, once Django is set up: sessions that begin in 15 minutes, and a worker that sends their links.

The rows are those that a booking writes, on all four channels; nobody has proved a phone number or allowed push, like most. The
worker has all its jobs but the two that go through Stripe's lists whatever there is to do, since there is no Stripe here.
"""

import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import connection, transaction

from mentormap.accounts.models import User
from mentormap.bookings.models import PaymentStatus, Session
from mentormap.bookings.notices import write
from mentormap.bookings.policy import CancellationPolicy
from mentormap.lib import clock
from mentormap.mentors.models import Mentor
from mentormap.notifications.models import Delivery
from mentormap.notifications.notice_kinds import NoticeKind
from mentormap.operations.jobs import schedule
from mentormap.operations.process import worker
from mentormap.payments.models import Payment

OF_STRIPE: Final = {"ask Stripe for events", "compare with Stripe's lists"}


def measure(count: int, received: Path) -> str:
    """`received` is where the mail server writes down Message-IDs; looked at seldom, so as not to disturb the worker."""
    prepare(count, clock.now())
    ours = [job for job in schedule.all_jobs() if job.name not in OF_STRIPE]
    stop, started, used = threading.Event(), time.monotonic(), time.process_time()
    working = threading.Thread(target=worker.work, args=(ours, stop))
    working.start()
    while len(seen := received.read_bytes().splitlines()) < count:
        time.sleep(0.1)
    seconds = time.monotonic() - started
    while Delivery.objects.filter(state=Delivery.State.WAITING).exists():
        time.sleep(0.5)
    all_of_it, cpu = time.monotonic() - started, time.process_time() - used
    stop.set()
    working.join()
    return (
        f"{connection.vendor}: {count} links mailed in {seconds:.1f} s, {count / seconds:.0f} a second,"
        f" {count - len(set(seen))} twice; done on all channels after {all_of_it:.1f} s,"
        f" {cpu / count * 1000:.1f} ms of CPU a link"
    )


def prepare(count: int, now: datetime) -> None:
    """Half as many sessions; student and mentor of each are to be sent the link."""
    people = User.objects.bulk_create(
        User(email=f"{who}{number}@example.com", name=f"{who} {number}", time_zone="Europe/Berlin")
        for who in ("Sam", "Maya")
        for number in range(count // 2)
    )
    students, mentors = people[: count // 2], _mentors(people[count // 2 :], now)
    sessions = Session.objects.bulk_create(
        _session(number, student, mentor, payment, now)
        for number, (student, mentor, payment) in enumerate(
            zip(students, mentors, _payments(count // 2, now), strict=True)
        )
    )
    with transaction.atomic():
        for session in sessions:
            write.session_booked(session, now=now)
    Delivery.objects.exclude(notice__occasion=NoticeKind.LINK).delete()


def _mentors(people: list[User], now: datetime) -> list[Mentor]:
    return Mentor.objects.bulk_create(
        Mentor(
            user=user,
            headline="Draws systems",
            hourly_rate_minor=12_000,
            currency="USD",
            time_zone="Europe/Berlin",
            created_at=now,
        )
        for user in people
    )


def _payments(count: int, now: datetime) -> list[Payment]:
    return Payment.objects.bulk_create(
        Payment(
            reference=str(number),
            state=Payment.State.PAID,
            amount_minor=12_000,
            captured_minor=12_000,
            currency="USD",
            idempotency_key=str(number),
            expires_at=now,
            created_at=now,
            paid_at=now,
        )
        for number in range(count)
    )


def _session(number: int, student: User, mentor: Mentor, payment: Payment, now: datetime) -> Session:
    starts_at = now + timedelta(minutes=15)
    ends_at = starts_at + timedelta(hours=1)
    return Session(
        student=student,
        mentor=mentor,
        payment=payment,
        title=f"System design {number}",
        description="Need help with distributed systems",
        scheduled_at=starts_at,
        earliest_start=starts_at,
        duration_minutes=60,
        ends_at=ends_at,
        reserves_from=starts_at,
        reserves_to=ends_at,
        payment_status=PaymentStatus.PAID,
        was_paid=True,
        price=120,
        currency="USD",
        policy=CancellationPolicy().to_json(),
        created_at=now,
    )
