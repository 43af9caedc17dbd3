"""The people that a channel can reach: by SMS those with a proved number, by push those who allowed it in a browser."""

from collections.abc import Sequence

from mentormap.accounts import phones
from mentormap.notifications.models import Delivery, PushSubscription
from mentormap.notifications.notice_kinds import Channel


def out_of_reach(channel: Channel, batch: Sequence[Delivery]) -> list[Delivery]:
    """Returns deliveries whose person the channel cannot reach now; at most one query. An address for mail may be without a person."""
    people = [delivery.notice.person_id or 0 for delivery in batch]
    match channel:
        case Channel.EMAIL | Channel.IN_APP:
            return []
        case Channel.SMS:
            reached = phones.proved_among(people)
        case Channel.PUSH:
            subscribed = PushSubscription.objects.filter(user__in=people)
            reached = set(subscribed.values_list("user", flat=True))
    return [delivery for delivery in batch if delivery.notice.person_id not in reached]
