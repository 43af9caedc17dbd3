"""Data for pages, computed from the domain's facts."""
