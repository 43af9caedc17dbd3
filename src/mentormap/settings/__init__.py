"""What the environment says, read once at the start."""
