"""Notices about a session: written with what they are about, rendered when they are sent."""
