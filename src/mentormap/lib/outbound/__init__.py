"""Requests to addresses from users: a strict grammar, public IP addresses only, and connections pinned to them."""
