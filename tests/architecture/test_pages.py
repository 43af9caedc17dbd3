"""Every page is looked at in the browser (tests/browser/test_looks.py), or it stands here why not; so is every word (tests/web/test_wording.py)."""

from collections import defaultdict
from typing import Final

from django.urls import resolve

from mentormap.operations.admin import site
from tests.architecture.admin_table import OF_A_TABLE, PAGES
from tests.architecture.route_table import GETS
from tests.browser.pages import API, ROLES, SECOND_STEP
from tests.web.test_wording import PAGES as WORDED

NOWHERE: Final = "/nowhere"
"""The page of what is not found has no route."""
NOT_LOOKED_AT: Final = {
    "feeds/<slug:secret>.ics": "a calendar",
    "sessions/<int:pk>/calendar.ics": "a calendar",
    "service-worker.js": "a script",
    "notices/bell": "a part of a page",
    "mentors/<int:mentor_id>/portrait.svg": "a picture",
    "mentors/<int:mentor_id>/photo": "a picture",
    "mentoring/desk/earnings.csv": "a file",
    "two-step/codes/download": "a file",
    "dev/mailbox/<slug:name>/<int:index>": "a file",
    "dev/mailbox/<slug:name>/html": "a mail as it was sent, in a frame where no script runs, so that axe does not either",
    "reauthenticate/code": "leads on to reauthenticate, for everybody here has a password",
    "password/set": "leads on to password/change, for everybody here has a password",
    "health": "for programs",
    "metrics": "for programs",
    "admin/password_change/": "leads on to password/change",
    "admin/password_change/done/": "nothing leads there",
    "admin/login/": "leads on to the page",
    "admin/logout/": "leads on to the page",
    "admin/search/": "a part of a page",
    "admin/autocomplete/": "for programs",
    "admin/jsi18n/": "a script",
    "admin/r/<path:content_type_id>/<path:object_id>/": "no model has a page on the site",
    "admin/^(?P<app_label>payments|admin|notifications|bookings|accounts|mentors)/$": "a part of the first page",
    "admin/(?P<url>.*)$": "not found, as anywhere",
}
NOT_READ: Final = {
    "dev/mailbox": "shows a folder that other tests fill, too",
    "dev/mailbox/<slug:name>": "shows a mail, which has a snapshot of its own",
    "two-step/codes": "shows new secrets each time",
    "two-step/codes/new": "only with two-step login on",
    "two-step/login": "only within a login",
    "two-step/reauthenticate": "only with two-step login on",
    "two-step/turn-off": "only with two-step login on",
    "two-step/turn-on": "shows a new secret each time",
}


def test_every_page_is_looked_at() -> None:
    assert sorted(pages() - looked_at() - NOT_LOOKED_AT.keys()) == []
    assert sorted(NOT_LOOKED_AT.keys() & looked_at()) == []
    assert sorted(NOT_LOOKED_AT.keys() - pages()) == []


def test_every_page_of_the_site_is_read() -> None:
    read = {str(resolve(path.split("?")[0]).route) for _, path in WORDED.values() if path != NOWHERE}
    site = {route for route in pages() - NOT_LOOKED_AT.keys() if not route.startswith(("admin/", "api/"))}
    assert sorted(site - read - NOT_READ.keys()) == []
    assert sorted(NOT_READ.keys() & read) == []
    assert sorted(NOT_READ.keys() - site) == []


def pages() -> set[str]:
    """The routes whose GET may be a page: not those which are posted to alone, nor those of the API but its description."""
    return {
        route
        for route, (_, words) in (GETS | admin_pages()).items()
        if not words.endswith("405") and (route == "api/docs" or not route.startswith("api/"))
    }


def admin_pages() -> dict[str, tuple[str, str]]:
    """The operator's own pages and every list; what Django serves beside a list is the same for all, or refused."""
    lists = {f"admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry}
    return PAGES | dict.fromkeys(lists, ("", OF_A_TABLE[""]))


def looked_at() -> set[str]:
    """The routes of the addresses that the browser opens; a number or a key that it learns on the way is a 1 here."""
    keys = defaultdict(lambda: "1", reset="1-1")
    tables = [*(table for _, table in ROLES), SECOND_STEP, API]
    paths = [path.format_map(keys).partition("?")[0] for table in tables for path in table.values()]
    return {resolve(path).route for path in paths if path != NOWHERE}
