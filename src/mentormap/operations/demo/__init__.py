"""The demo's data: people who log in, thirty mentors, and past and future sessions, from a fixed seed."""
