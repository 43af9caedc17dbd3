"""Attack 6: codes sent to numbers that cost money."""

from tests.siege.attack import attack
from tests.siege.site import Browser, Site

COSTLY = (
    "+44 909 879 0123",  # British, premium
    "+49 900 1234567",  # German, premium
    "+881 631 234567",  # Iridium
    "+44 843 123 4567",  # British, shared cost
    "+49 30 1234567",  # German, a land line
)


@attack(
    6, "codes that three people send to costly numbers", unit="", before="100 a min.", limit=0, quick=True
)
def costly_numbers(site: Site) -> float:
    before = texts(site)
    for name in ("student", "mentor", "admin"):
        person = site.browser()
        person.log_in(f"{name}@example.com")
        person.prove()
        for number in COSTLY:
            ask(person, number)
    site.settle()
    return texts(site) - before


@attack(6, "codes that ten accounts without a proved address send", unit="", before="100 a min.", limit=0)
def unproved(site: Site) -> float:
    before = texts(site)
    for number in range(10):
        person, password = site.browser(), "three random words"
        person.fill("/signup", name="Nia", email=f"nia{number}@example.org", password1=password)
        person.prove(password)
        ask(person, f"+49 1512 34567{number:02}")
    site.settle()
    return texts(site) - before


def ask(person: Browser, number: str) -> None:
    """Where the page for numbers is not shown at all, none is asked for."""
    if person.open("/settings/phone").url.endswith("/settings/phone"):
        person.fill("/settings/phone", number=number)


def texts(site: Site) -> int:
    """Short messages that left so far."""
    return sum(str(mail["X-MentorMap-Channel"]).lower() == "sms" for mail in site.mails())
