"""Settings from the environment, read once at the start."""
