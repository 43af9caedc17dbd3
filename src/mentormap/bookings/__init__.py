"""Where time, money and people meet: the life of a session."""
