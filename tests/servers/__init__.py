"""Tests that start the whole program, or a PostgreSQL server, on loopback."""
