"""Messages on their way to people; knows nobody's tables."""
