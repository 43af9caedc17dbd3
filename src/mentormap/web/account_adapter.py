"""What of django-allauth's account pages and mails is ours."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Mails name this site's public address, whatever host a request came by."""
