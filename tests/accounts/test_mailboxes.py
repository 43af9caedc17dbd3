"""Variants of one address lead to one mailbox."""

import pytest

from mentormap.accounts.mailboxes import mailbox_of


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("sam@example.com", "sam@example.com"),
        (" Sam+prize@Example.COM. ", "sam@example.com"),
        ("sam+a+b@example.com", "sam@example.com"),
        ("s.a.m@example.com", "s.a.m@example.com"),
        ("s.a.m+x@googlemail.com", "sam@gmail.com"),
        ("+tag@example.com", "+tag@example.com"),
        ('"a@b"+c@example.com', '"a@b"@example.com'),
    ],
)
def test_variants_count_as_one(address: str, mailbox: str) -> None:
    assert mailbox_of(address) == mailbox
