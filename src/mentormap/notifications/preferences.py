"""What people want to hear of, and where; what they cannot turn off is in the occasions."""

from collections.abc import Collection

from mentormap.accounts.models import User
from mentormap.notifications.models import Preference
from mentormap.notifications.occasions import Channel, Occasion


def wants(person: User, occasion: Occasion, channel: Channel) -> bool:
    """Asked when a delivery is due, so that a change counts at once."""
    if channel in occasion.fixed:
        return True
    chosen = Preference.objects.filter(user=person, occasion=occasion, channel=channel).first()
    return chosen.is_wanted if chosen else channel in occasion.channels


def wanted(person: User) -> set[tuple[Occasion, Channel]]:
    """All that a person hears of now; one query."""
    rows = Preference.objects.filter(user=person, occasion__in=list(Occasion))
    chosen = {(Occasion(row.occasion), Channel(row.channel)): row.is_wanted for row in rows}
    return {
        (occasion, channel)
        for occasion in Occasion
        for channel in occasion.channels
        if channel in occasion.fixed or chosen.get((occasion, channel), True)
    }


def choose(
    person: User, wanted: Collection[tuple[Occasion, Channel]], *, among: Collection[Occasion]
) -> None:
    """Keeps what was chosen about these occasions; what cannot be turned off stays on."""
    rows = [
        Preference(user=person, occasion=occasion, channel=channel, is_wanted=(occasion, channel) in wanted)
        for occasion in among
        for channel in occasion.channels
        if channel not in occasion.fixed
    ]
    Preference.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["user", "occasion", "channel"],
        update_fields=["is_wanted"],
    )
