"""Every page at 360, 390 and 1280 px, in light and dark: no sideways scroll, no console error, contrast at AA."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page, Response, expect

from tests import make
from tests.browser import steps
from tests.browser.conftest import profile
from tests.browser.looks import problems
from tests.browser.pages import ABSENT, API, ROLES, SECOND_STEP
from tests.servers.program import Program

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def numbers(browser: Browser, program: Program) -> dict[str, str]:
    """The numbers of a paid session, far enough ahead to be moved, of a completed one, and of two that the mentor missed, the
    second of which is reported; the same student also holds an hour with mentor 2. With them what links in mails hold."""
    missed, reported = program.python("-m", "tests.browser.missed").split()
    with profile(browser, program) as page:
        steps.log_in(page)
        steps.book_far_ahead(page, "A look at every page")
        page.goto("/mentors/2")
        steps.fill_in(page, "Held for a while")
        steps.submit(page)
        page.goto("/sessions")
        page.get_by_role("link", name="A look at every page").first.click()
        booked, mail = _number(page), _mail(page, "A look at every page")
        page.goto("/sessions?status=completed&as=student")
        page.get_by_role("article").filter(has_text="Grace Whitfield").get_by_role("link").first.click()
        found = {"booked": booked, "completed": _number(page), "missed": missed, "reported": reported}
    keys: dict[str, str] = json.loads(program.python("-m", "tests.browser.keys"))
    return found | keys | {"mail": mail}


def _number(page: Page) -> str:
    number = re.search(r"/sessions/(\d+)", page.url)
    assert number is not None
    return number[1]


def _mail(page: Page, subject: str) -> str:
    """The name of the mail about this, once it is sent."""
    page.goto("/dev/mailbox")
    link = page.get_by_role("region", name="Sent").get_by_role("link", name=re.compile(subject)).first
    for _ in range(30):
        if link.is_visible():
            break
        page.wait_for_timeout(500)
        page.reload()
    return str(link.get_attribute("href")).rpartition("/")[2]


@pytest.fixture(scope="module", params=ROLES, ids=lambda role: role[0].partition("@")[0] or "visitor")
def role(
    request: pytest.FixtureRequest, browser: Browser, program: Program
) -> Iterator[tuple[dict[str, str], object]]:
    """The pages to open and the cookies of somebody who has logged in."""
    email, pages = request.param
    with profile(browser, program) as page:
        if email:
            steps.log_in(page, email)
        yield pages, page.context.storage_state()


def test_pages_look_right(
    browser: Browser, program: Program, numbers: dict[str, str], role: tuple[dict[str, str], object]
) -> None:
    pages, state = role
    found: list[str] = []
    with profile(browser, program, storage_state=state) as page:
        for name, path in pages.items():
            answer = page.goto(path.format(**numbers))
            found += problems(page, name)
            found += (
                [f"{name}: led to {page.url}"] if _is_another(answer, name, path.format(**numbers)) else []
            )
    assert found == []


def test_a_long_name_leaves_the_account_menu_on_a_narrow_screen(browser: Browser, program: Program) -> None:
    with profile(browser, program) as page:
        steps.log_in(page)
        page.goto("/sessions")
        page.locator(".account-name").evaluate("name => name.textContent = 'Maximiliane Featherstonehaugh'")
        page.locator("details[data-menu] summary").click()
        expect(page.get_by_role("link", name="Settings")).to_be_in_viewport(ratio=1)
        found = problems(page, "account-menu")
    assert found == []


def _is_another(answer: Response | None, name: str, path: str) -> bool:
    """Whether another page was shown: a login, the page of what is not found, or the one that this one leads on to."""
    assert answer is not None
    status = 404 if _route(path) is None or name in ABSENT else 200
    return (answer.status, _route(answer.url)) != (status, _route(path))


def _route(url: str) -> str | None:
    with suppress(Resolver404):
        return resolve(urlsplit(url).path).route
    return None


def test_the_description_of_the_api_looks_right(browser: Browser, program: Program) -> None:
    ((name, path),) = API.items()
    with profile(browser, program) as page:
        page.goto(path)
        for operation in ("/api/auth/login", "/api/mentors/{mentor_id}"):
            page.locator(".opblock", has_text=operation).first.get_by_role("button").first.click()
        expect(page.locator(".opblock.is-open .responses-table")).to_have_count(2)
        found = problems(page, name)
    assert found == []


def test_the_second_step_looks_right(browser: Browser, program: Program, numbers: dict[str, str]) -> None:
    found: list[str] = []
    login, *others, last = SECOND_STEP.items()

    def look(name: str, path: str) -> None:
        expect(page).to_have_url(re.compile(f"{path}$"))
        found.extend(problems(page, name))

    with profile(browser, program) as page:
        page.goto("/login")
        page.get_by_label("Email").fill("tess@example.com")
        page.get_by_label("Password").fill(make.PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Log in").click()
        look(*login)
        page.get_by_label("Code").fill(numbers["recovery"])
        page.get_by_role("button", name="Log in", exact=True).click()
        page.goto("/reauthenticate")
        page.get_by_label("Password").fill(make.PASSWORD)
        page.get_by_role("button", name="Continue").click()
        for name, path in others:
            page.goto(path)
            look(name, path)
        page.get_by_role("button", name="Turn it off").click()
        page.goto(last[1])
        look(*last)
    assert found == []


def test_the_hosted_page_looks_right(browser: Browser, program: Program) -> None:
    with profile(browser, program) as page:
        steps.log_in(page, "olga@example.com")
        page.goto("/mentors/3")
        steps.fill_in(page, "To be looked at")
        steps.submit(page)
        steps.pay(page, steps.DECLINED)
        found = problems(page, "checkout")
        _leave(page)
    assert found == []


def _leave(page: Page) -> None:
    page.get_by_role("link", name=re.compile("Back to the shop")).click()
    page.get_by_role("button", name="Let it go").click()
