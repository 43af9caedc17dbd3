"""Invites and feeds made from plain values."""
