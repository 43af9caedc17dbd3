"""Mentors, their expertise, and their reviews."""
