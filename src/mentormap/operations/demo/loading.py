"""Puts the demo into an empty database, and takes its people out again before it becomes a real one."""

from datetime import datetime
from random import Random

from django.db import transaction

from mentormap.accounts.models import User
from mentormap.operations.demo.mentors import make_mentors
from mentormap.operations.demo.people import make_people
from mentormap.operations.demo.plans import Planner
from mentormap.operations.demo.reviews import make_reviews
from mentormap.operations.demo.sessions import make_sessions

SEED = 20261123


@transaction.atomic
def load(*, now: datetime) -> bool:
    """False, and nothing is done, where the demo has been loaded before, even if its people were removed since."""
    if User.objects.filter(is_demo=True).exists():
        return False
    random = Random(SEED)  # noqa: S311 - the same demo every time
    cast = make_people(now=now)
    mentors = make_mentors(cast.mentors, now=now)
    plans = Planner(random, now=now).all_plans(mentors, cast)
    sessions = make_sessions(plans, now=now)
    make_reviews(plans, sessions, random)
    return True


def remove() -> int:
    """Closes the demo's accounts: no one can log in, find or book them. Their sessions stay in the ledger. Returns how many."""
    return User.objects.filter(is_demo=True, is_active=True).update(is_active=False)
