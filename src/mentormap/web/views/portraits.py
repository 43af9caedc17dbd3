"""Pictures of mentors: the generated portrait, and the photo."""

from hashlib import sha256

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from mentormap.accounts.models import User
from mentormap.bookings.models import Session
from mentormap.mentors.models import Mentor
from mentormap.mentors.portraits import portrait_svg
from mentormap.web.http.context import PageRequest

PUBLIC = "public, max-age=86400"
PRIVATE = "private, no-cache"


@require_safe
def portrait(request: PageRequest, mentor_id: int) -> HttpResponseBase:
    """Drawn from the mentor's name; to strangers, only of mentors who are listed."""
    mentor = _mentor_with_portrait(request.user, mentor_id)
    return _picture(request, mentor, portrait_svg(mentor.name).encode(), "image/svg+xml")


@require_safe
def photo(request: PageRequest, mentor_id: int) -> HttpResponseBase:
    """Serves a photo; one that an operator has hidden only to its mentor and to operators."""
    mentor = _mentor_with_portrait(request.user, mentor_id)
    if not mentor.photo or (mentor.hidden_at and not _sees_hidden(request.user, mentor)):
        raise Http404
    with mentor.photo.open("rb") as file:
        return _picture(request, mentor, file.read(), "image/webp")


def _mentor_with_portrait(user: User | AnonymousUser, mentor_id: int) -> Mentor:
    """Students still see a mentor that they have booked, even if others no longer find the mentor."""
    mentors = Mentor.objects.select_related("user")
    mentor = mentors.visible_to(user).filter(pk=mentor_id).first()
    if mentor is None and user.is_authenticated:
        booked = Session.objects.filter(student=user, mentor__pk=mentor_id).values("mentor")
        mentor = mentors.filter(pk__in=booked).first()
    if mentor is None:
        raise Http404
    return mentor


def _sees_hidden(user: User | AnonymousUser, mentor: Mentor) -> bool:
    return user.is_staff or user.pk == mentor.user_id


def _picture(request: PageRequest, mentor: Mentor, content: bytes, content_type: str) -> HttpResponseBase:
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(
        content,
        content_type=content_type,
        headers={"ETag": etag, "Cache-Control": PUBLIC if mentor.is_listed else PRIVATE},
    )
    return get_conditional_response(request, etag=etag, response=response) or response
