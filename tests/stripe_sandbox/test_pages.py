"""The hosted pages as a browser meets them."""

from html.parser import HTMLParser

import pytest
from werkzeug.test import Client, TestResponse

from tests.sandbox_client import pay, pay_by_debit
from tests.stripe_sandbox.shop import CANCEL, Shop, checkout

pytestmark = pytest.mark.long


class Page(HTMLParser):
    """What matters of a page: its fields with their labels, links, forms and words."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str | None]] = {}
        self.labels: dict[str, str] = {}
        self.links: list[str | None] = []
        self.forms: list[str | None] = []
        self.inline = 0
        self.words = ""
        self._label = ""
        self.feed(answer.get_data(as_text=True))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input":
            self.fields[found["id"] or ""] = found
        elif tag == "a":
            self.links.append(found["href"])
        elif tag == "form":
            self.forms.append(found["action"])
        elif tag in {"style", "script"} and "src" not in found:
            self.inline += 1
        self.inline += "style" in found
        self._label = (found["for"] or "") if tag == "label" else ""

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._label:
            self.labels[self._label] = data.strip()
            self._label = ""


def visit(shop: Shop, path: str) -> TestResponse:
    return Client(shop.sandbox).get(path)


def test_the_page_asks_for_a_card(shop: Shop) -> None:
    session = shop.open_checkout(customer_email="sam@example.com")
    answer = visit(shop, f"/c/pay/{session.id}")
    page = Page(answer)

    assert answer.status_code == 200
    assert page.labels == {
        "email": "Email",
        "card_number": "Card number",
        "expiry": "Expiry (MM / YY)",
        "cvc": "CVC",
        "name": "Name on card",
        "debit-email": "Email",
        "debit-account": "Account number",
        "debit-name": "Name of the account holder",
    }
    assert set(page.labels) == set(page.fields)
    assert page.fields["email"]["value"] == "sam@example.com"
    assert page.fields["card_number"]["autocomplete"] == "cc-number"
    assert page.forms == [f"/c/pay/{session.id}", f"/c/debit/{session.id}"]
    assert page.links == ["#main", CANCEL]
    assert "No real money moves here." in page.words
    assert "Pay 120.00 USD" in page.words
    assert "An hour with Maya" in page.words
    assert "4000 0025 0000 3155" in page.words


def test_the_page_shows_amounts_with_stripes_decimals(shop: Shop) -> None:
    session = shop.open_checkout(amount=12000, currency="jpy")

    assert "Pay 12,000 JPY" in Page(visit(shop, f"/c/pay/{session.id}")).words


def test_the_shops_words_stand_beside_the_button(shop: Shop) -> None:
    session = shop.open_checkout(custom_text={"submit": {"message": "All comes back until Monday."}})

    lines = [line.strip() for line in Page(visit(shop, f"/c/pay/{session.id}")).words.splitlines()]
    beside = lines.index("All comes back until Monday.")
    assert next(line for line in lines[beside + 1 :] if line) == "Pay 120.00 USD"


def test_without_a_way_back_there_is_no_link(shop: Shop) -> None:
    session = shop.open_checkout(cancel_url=None)

    assert Page(visit(shop, f"/c/pay/{session.id}")).links == ["#main"]


def test_only_cards_are_offered_where_only_cards_are_allowed(shop: Shop) -> None:
    session = shop.open_checkout(payment_method_types=["card"])
    page = Page(visit(shop, f"/c/pay/{session.id}"))
    refused = pay_by_debit(shop.sandbox, session.id)

    assert page.forms == [f"/c/pay/{session.id}"]
    assert "This way to pay is not offered here." in Page(refused).words
    assert shop.client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_only_debits_are_offered_where_only_debits_are_allowed(shop: Shop) -> None:
    session = shop.open_checkout(payment_method_types=["us_bank_account"])
    page = Page(visit(shop, f"/c/pay/{session.id}"))
    refused = pay(shop.sandbox, session.id)

    assert page.forms == [f"/c/debit/{session.id}"]
    assert "This way to pay is not offered here." in Page(refused).words
    assert shop.client.v1.checkout.sessions.retrieve(session.id).status == "open"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"card_number": "4242424242424241"}, "Your card number is invalid."),
        ({"card_number": "4242 4242 4242"}, "Your card number is incomplete."),
        ({"card_number": "4242x"}, "Your card number is invalid."),
        ({"card_number": ""}, "Required"),
        ({"expiry": "12 / 25"}, "Your card's expiration year is in the past."),
        ({"expiry": "10 / 26"}, "Your card's expiration date is in the past."),
        ({"expiry": "12"}, "Your card's expiration date is incomplete."),
        ({"expiry": "13 / 30"}, "Your card's expiration date is incomplete."),
        ({"expiry": "12 / 99"}, "Your card's expiration year is invalid."),
        ({"expiry": ""}, "Required"),
        ({"cvc": "12"}, "Your card's security code is incomplete."),
        ({"cvc": "1234"}, "Your card's security code is incomplete."),
        ({"cvc": ""}, "Required"),
        ({"name": ""}, "Required"),
        ({"email": ""}, "Required"),
        ({"email": "sam"}, "Your email is invalid."),
    ],
)
def test_what_is_wrong_stands_by_its_field(shop: Shop, fields: dict[str, str], sentence: str) -> None:
    session = shop.open_checkout()
    answer = pay(shop.sandbox, session.id, "4242424242424242", **fields)
    page, (name, typed) = Page(answer), next(iter(fields.items()))

    assert answer.status_code == 200
    assert page.fields[name]["aria-invalid"] == "true"
    assert page.fields[name]["aria-describedby"] == f"{name}-error"
    assert page.fields[name]["value"] == typed
    assert sentence in page.words
    assert [each for each in page.fields.values() if "aria-invalid" in each] == [page.fields[name]]
    assert shop.client.v1.payment_intents.list().data == []


@pytest.mark.parametrize("expiry", ["11/26", "11 / 26", "1126", "11/2026", "11-26"])
def test_expiries_are_taken_as_people_write_them(shop: Shop, expiry: str) -> None:
    session = shop.open_checkout()

    assert pay(shop.sandbox, session.id, expiry=expiry).status_code == 303


def test_the_account_of_a_debit_is_a_test_account(shop: Shop) -> None:
    session = shop.open_checkout()
    page = Page(pay_by_debit(shop.sandbox, session.id, "12"))

    assert page.fields["debit-account"]["aria-invalid"] == "true"
    assert "aria-invalid" not in page.fields["email"]
    assert "Use one of the test accounts: 000123456789 or 000111111116." in page.words


def test_a_failure_is_still_there_on_coming_back(shop: Shop) -> None:
    session = shop.open_checkout()
    pay(shop.sandbox, session.id, "4000000000009995")

    assert "Your card has insufficient funds." in Page(visit(shop, f"/c/pay/{session.id}")).words


def test_authentication_has_a_page_with_two_answers(shop: Shop) -> None:
    session = shop.open_checkout()
    early = visit(shop, f"/c/3ds/{session.id}")
    pay(shop.sandbox, session.id, "4000002760003184")
    page = Page(visit(shop, f"/c/3ds/{session.id}"))

    assert early.headers["Location"] == session.url
    assert page.forms == [f"/c/3ds/{session.id}"]
    assert "Complete authentication" in page.words
    assert "Fail authentication" in page.words


def test_a_debit_under_way_has_a_page_with_two_ends(shop: Shop) -> None:
    session = shop.open_checkout()
    pay_by_debit(shop.sandbox, session.id)
    page = Page(visit(shop, f"/c/pay/{session.id}"))
    back = Client(shop.sandbox).post(f"/c/settle/{session.id}", data={"answer": "fail"})
    again = Client(shop.sandbox).post(f"/c/settle/{session.id}", data={"answer": "succeed"})

    assert page.forms == [f"/c/settle/{session.id}"]
    assert back.headers["Location"] == again.headers["Location"] == f"/c/pay/{session.id}"
    assert "The bank debit has failed" in Page(visit(shop, f"/c/pay/{session.id}")).words
    assert shop.event_types()[-1] == "checkout.session.async_payment_failed"


def test_an_expired_page_leads_back_to_the_shop(shop: Shop) -> None:
    session = shop.open_checkout()
    shop.client.v1.checkout.sessions.expire(session.id)
    page = Page(visit(shop, f"/c/pay/{session.id}"))

    assert "This payment page has expired" in page.words
    assert page.links == ["#main", CANCEL]


@pytest.mark.parametrize("path", ["/c/pay/cs_test_nothing", "/c/3ds/cs_test_nothing", "/favicon.ico"])
def test_elsewhere_there_is_nothing(shop: Shop, path: str) -> None:
    answer = visit(shop, path)

    assert answer.status_code == 404
    assert "There is no payment page here" in Page(answer).words


def test_the_latest_checkouts_can_be_found(shop: Shop) -> None:
    opened, paid = shop.open_checkout(), shop.paid_checkout()
    page = Page(visit(shop, "/"))

    assert page.links == ["#main", f"/c/pay/{paid.id}", f"/c/pay/{opened.id}"]


def test_pages_trust_nobody(shop: Shop) -> None:
    name = "<script>alert(1)</script>"
    price = {**checkout()["line_items"][0]["price_data"], "product_data": {"name": name}}
    session = shop.open_checkout(line_items=[{"price_data": price, "quantity": 1}])
    answer = visit(shop, f"/c/pay/{session.id}")
    policy = answer.headers["Content-Security-Policy"]

    assert name not in answer.get_data(as_text=True)
    assert Page(answer).inline == 0
    assert policy == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self' https://shop.example"
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["sandbox.css", "copy.js", "icon.svg"])
def test_the_pages_files_are_served(shop: Shop, name: str) -> None:
    with visit(shop, f"/static/{name}") as answer:
        assert answer.status_code == 200
