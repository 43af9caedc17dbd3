"""Pages as people read them: words without markup."""

import re
from html import unescape
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from mentormap.accounts.models import User
from mentormap.lib import clock
from mentormap.notifications.notice_kinds import Channel
from mentormap.operations.jobs.schedule import sending
from tests import make


def words(response: Any) -> str:
    """The words of the page's main part, blanks as one space; a part for htmx is all main part."""
    page = response.content.decode()
    main = re.search(r"<main.*?</main>", page, re.DOTALL)
    text = re.sub(r"<[^>]*>", " ", main[0] if main else page)
    return re.sub(r"\s+", " ", unescape(text)).strip()


def mailed() -> list[EmailMessage]:
    """All that was mailed, once the worker has done its job."""
    sending(Channel.EMAIL)(clock.now())
    return mail.outbox


def links(response: Any) -> dict[str, str]:
    """The addresses of the page's links by their words."""
    found = re.findall(r"<a\b[^>]*href=\"([^\"]*)\"[^>]*>(.*?)</a>", response.content.decode(), re.DOTALL)
    return {
        re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", label))).strip(): unescape(href)
        for href, label in found
    }


def browser(user: User) -> Client:
    """Logged in without the form."""
    client = Client()
    client.force_login(user)
    return client


def proved(user: User) -> Client:
    """Logged in, and has just given the password again."""
    client = browser(user)
    client.post("/reauthenticate", {"password": make.PASSWORD, "next": "/settings"})
    return client
