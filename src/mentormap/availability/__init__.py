"""Hours, open slots and reserved cells."""
