"""The bell and its page: a person's messages on this site."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from mentormap.lib import clock
from mentormap.notifications.channels import in_app
from mentormap.notifications.models import InAppMessage
from mentormap.web.http.context import MemberRequest

PAGE = 20


@login_required
@require_safe
def notices(request: MemberRequest) -> HttpResponse:
    """The newest first; each leads on by a button, as reading it changes it."""
    mine = InAppMessage.objects.filter(person=request.user)
    page = Paginator(mine, PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/list.html", {"page": page, "unread": in_app.unread(request.user)})


@login_required
@require_safe
def bell(request: MemberRequest) -> HttpResponse:
    """The part of the head that says how many are unread; asked for after the page is there, and then now and again."""
    return render(request, "notices/_bell.html", {"unread": in_app.unread(request.user)})


@login_required
@require_POST
def read(request: MemberRequest, pk: int) -> HttpResponse:
    """Marks one as read and goes where it leads."""
    message = get_object_or_404(InAppMessage, pk=pk, person=request.user)
    in_app.mark_read(request.user, now=clock.now(), message_id=pk)
    return redirect(message.path)


@login_required
@require_POST
def read_all(request: MemberRequest) -> HttpResponse:
    in_app.mark_read(request.user, now=clock.now())
    return redirect("notices")
