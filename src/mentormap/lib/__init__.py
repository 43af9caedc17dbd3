"""Arithmetic without a database: money, spans of time, zones, the clock."""
