"""The project's own tools, run with `python -m tools.NAME` or by make."""
