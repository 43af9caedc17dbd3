"""Notification settings: the table of kinds and channels, push in this browser, and one-click unsubscribing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mentormap.accounts import phones
from mentormap.accounts.models import User
from mentormap.accounts.security import AccessEnded
from mentormap.accounts.verification import EmailUnproved
from mentormap.lib import clock
from mentormap.mentors.models import Mentor
from mentormap.notifications import browsers, outbox, preferences, unsubscribing
from mentormap.notifications.channels import push
from mentormap.notifications.models import PushSubscription
from mentormap.notifications.notice_kinds import Audience, Channel, NoticeKind
from mentormap.web.forms.push import SubscriptionForm
from mentormap.web.http.context import MemberRequest, PageRequest
from mentormap.web.http.reauthentication import address_to_ask_at, is_recent


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def table(request: MemberRequest) -> HttpResponse:
    """A row an occasion, a column a channel that is set up; what cannot be turned off says so."""
    offered = offered_to(request.user)
    channels = [channel for channel in Channel if channel in outbox.set_up()]
    if request.method == "POST":
        sent = set(request.POST.getlist("wanted"))
        chosen = [(one, channel) for one in offered for channel in one.channels if f"{one}.{channel}" in sent]
        preferences.choose(request.user, chosen, among=offered, on=channels)
        messages.success(request, gettext("Saved."))
        return redirect("settings_notices")
    context = {
        "notice_kinds": offered,
        "channels": channels,
        "wanted": preferences.wanted_by(request.user),
        "phone": phones.verified_number(request.user),
        "push_key": _push_key(),
        "browsers": PushSubscription.objects.filter(user=request.user).count(),
        "Channel": Channel,
    }
    return render(request, "settings/notices.html", context)


def offered_to(person: User) -> list[NoticeKind]:
    """Returns the kinds of notices that this person can get, by their roles."""
    parts = {Audience.STUDENT}
    if Mentor.objects.filter(user=person).exists():
        parts.add(Audience.MENTOR)
    if person.is_staff:
        parts.add(Audience.OPERATOR)
    return [occasion for occasion in NoticeKind if occasion.audiences & parts]


@login_required
@require_POST
def add_browser(request: MemberRequest) -> HttpResponse:
    """From the script on the page: a browser takes messages from now on, for the person who is logged in there.

    A refusal says where the script should lead to first. One that is known, or that `replaces` a known one, is not asked.
    """
    form = SubscriptionForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    facts = form.cleaned_data
    is_known = browsers.knows(request.user, facts["endpoint"], facts["replaces"])
    if not is_known and not is_recent(request):
        return _to(address_to_ask_at(request, back=reverse("settings_notices")))
    try:
        browsers.add_browser(request.user, now=clock.now(), **facts)
    except AccessEnded:
        return _to(reverse("account_login"))
    except EmailUnproved:
        return _to(reverse("account_email"))
    except browsers.TooManyBrowsers as refusal:
        return HttpResponse(str(refusal), status=409, content_type="text/plain")
    return HttpResponse(status=204)


def _to(page: str) -> HttpResponse:
    """Refuses, and names the page that the script leads to first."""
    return JsonResponse({"location": page}, status=403)


@login_required
@require_POST
def remove_browser(request: MemberRequest) -> HttpResponse:
    """One by its endpoint; all of the person's without one."""
    if endpoint := request.POST.get("endpoint", "").replace("\0", " "):
        browsers.remove_browser(request.user, endpoint)
        return HttpResponse(status=204)
    PushSubscription.objects.filter(user=request.user).delete()
    return redirect("settings_notices")


def _push_key() -> str:
    """Empty where no push is set up."""
    return push.public_key() if Channel.PUSH in outbox.set_up() else ""


@require_safe
def service_worker(request: PageRequest) -> HttpResponse:
    """At the root, so that it may show messages for the whole site."""
    return render(request, "service-worker.js", {"push_key": _push_key()}, content_type="text/javascript")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: PageRequest, token: str) -> HttpResponse:
    """Follows the link in a mail, without a login: a mail program's POST does it immediately (RFC 8058), a person's GET asks first."""
    found = unsubscribing.read(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        unsubscribing.unsubscribe(found)
    context = {"occasion": found.occasion, "is_done": request.method == "POST"}
    return render(request, "settings/unsubscribe.html", context)
