"""Formats of times in Django's own pages, those of the operator: with their zone, and sortable."""
