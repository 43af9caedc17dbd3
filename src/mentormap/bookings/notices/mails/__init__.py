"""The mails about a session: what they say, and how they look."""
