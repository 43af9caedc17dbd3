"""Attack 6: codes sent to numbers that cost money."""

from tests.siege.attack import attack
from tests.siege.site import Site

COSTLY = {
    "British, premium": "+44 909 879 0123",
    "German, premium": "+49 900 1234567",
    "British, shared cost": "+44 843 123 4567",
    "Inmarsat": "+870 773 111 632",
    "Iridium": "+881 631 234567",
    "German, a land line": "+49 30 123456",
}


@attack(6, "codes to numbers that cost money", unit="", before="6", limit=0)
def costly_numbers(site: Site) -> float:
    student = site.browser()
    student.log_in("student@example.com")
    student.prove()
    before = texts(site)
    for number in COSTLY.values():
        student.fill("/settings/phone", number=number)
    site.settle()
    return texts(site) - before


@attack(6, "codes by 100 requests of one person in a minute", unit="", before="100", limit=10)
def many_codes(site: Site) -> float:
    student = site.browser()
    student.log_in("student@example.com")
    student.prove()
    before = texts(site)
    for number in range(100):
        student.fill("/settings/phone", number=f"+49 1512 34567{number:02}")
    site.settle()
    return texts(site) - before


def texts(site: Site) -> int:
    """Short messages that left so far."""
    return sum(str(mail["X-MentorMap-Channel"]).lower() == "sms" for mail in site.mails())
