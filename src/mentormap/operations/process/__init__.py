"""The processes: how they start, serve, work in the background and end."""
