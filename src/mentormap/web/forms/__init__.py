"""What people fill in, and what it must be."""
