"""Journeys in a real browser against the whole program."""
