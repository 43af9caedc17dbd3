"""Tools of the house, run with `python -m tools.NAME` or by make."""
