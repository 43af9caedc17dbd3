"""Rooms to meet in, made from plain values."""
