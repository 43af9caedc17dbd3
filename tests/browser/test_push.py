"""Web push in a real browser: a subscription that the push service replaces goes on to work."""

from base64 import urlsafe_b64encode

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps

pytestmark = pytest.mark.browser
REPLACE = """
async ([before, after, keys]) => {
  const event = new ExtendableEvent("pushsubscriptionchange");
  event.newSubscription = { toJSON: () => ({ endpoint: after, keys }) };
  event.oldSubscription = before ? { endpoint: before } : null;
  let done;
  event.waitUntil = (promise) => { done = promise; };
  self.dispatchEvent(event);
  await done;
}
"""
KEYS = {
    "p256dh": urlsafe_b64encode(b"\x04" + bytes(64)).rstrip(b"=").decode(),
    "auth": urlsafe_b64encode(bytes(16)).rstrip(b"=").decode(),
}


def endpoint(number: int) -> str:
    return f"https://fcm.googleapis.com/fcm/send/{number}"


def test_a_subscription_that_is_replaced_goes_on(page: Page) -> None:
    steps.log_in(page, "olga@example.com")
    with page.context.expect_event("serviceworker") as started:
        steps.prove(page, back="/settings/notices")
    worker = started.value

    for before, after in [("", endpoint(1)), (endpoint(1), endpoint(2))]:
        worker.evaluate(REPLACE, [before, after, KEYS])
        page.reload()
        expect(page.get_by_role("main")).to_contain_text("On in 1 browser of yours.")
