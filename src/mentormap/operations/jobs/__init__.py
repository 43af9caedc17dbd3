"""Background work: what runs, how often."""
