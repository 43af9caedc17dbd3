"""The life of a session, where time, money and people meet."""
