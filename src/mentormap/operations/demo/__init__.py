"""What a demo starts with: people who log in, thirty mentors, and sessions past and to come, from a fixed seed."""
