"""The open times of a mentor, and why a time is not open."""
