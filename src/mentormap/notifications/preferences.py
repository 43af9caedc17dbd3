"""People's choices of notices and channels; their kinds say which ones cannot be turned off."""

from collections.abc import Collection, Mapping

from mentormap.accounts.models import User
from mentormap.notifications.models import Preference
from mentormap.notifications.notice_kinds import Channel, NoticeKind

Choices = Mapping[tuple[int, str, str], bool]
"""By a person's number, the occasion and the channel."""


def wants(person: User, occasion: NoticeKind, channel: Channel, *, chosen: Choices | None = None) -> bool:
    """Asked when a delivery is due, so that a change counts at once; `chosen` is for a caller who has just read it."""
    if channel in occasion.fixed:
        return True
    choices = choices_of([person.pk]) if chosen is None else chosen
    return choices.get((person.pk, occasion, channel), channel in occasion.channels)


def choices_of(people: Collection[int]) -> Choices:
    """Returns the choices of these people, in one query; defaults have no entry."""
    rows = Preference.objects.filter(user__in=people)
    return {(row.user_id, row.occasion, row.channel): row.is_wanted for row in rows}


def wanted_by(person: User) -> set[tuple[NoticeKind, Channel]]:
    """Returns all that a person gets notices about now; one query."""
    rows = Preference.objects.filter(user=person, occasion__in=list(NoticeKind))
    chosen = {(NoticeKind(row.occasion), Channel(row.channel)): row.is_wanted for row in rows}
    return {
        (occasion, channel)
        for occasion in NoticeKind
        for channel in occasion.channels
        if channel in occasion.fixed or chosen.get((occasion, channel), True)
    }


def choose(
    person: User,
    wanted: Collection[tuple[NoticeKind, Channel]],
    *,
    among: Collection[NoticeKind],
    on: Collection[Channel] = tuple(Channel),
) -> None:
    """Keeps what was chosen about these kinds of notice on these channels; what cannot be turned off stays on."""
    rows = [
        Preference(user=person, occasion=occasion, channel=channel, is_wanted=(occasion, channel) in wanted)
        for occasion in among
        for channel in occasion.channels
        if channel in on and channel not in occasion.fixed
    ]
    Preference.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["user", "occasion", "channel"],
        update_fields=["is_wanted"],
    )
