"""The sessions that a viewer may see: their own."""

from django.http import Http404

from mentormap.accounts.models import User
from mentormap.bookings.models import Session, SessionQuerySet


def own_sessions(viewer: User) -> SessionQuerySet:
    return Session.objects.visible_to(viewer).with_people().select_related("no_show")


def session_or_404(viewer: User, pk: int) -> Session:
    """Raises Http404 for a stranger's session, as if there were none."""
    found = own_sessions(viewer).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
