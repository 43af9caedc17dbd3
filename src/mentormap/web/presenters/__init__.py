"""What a page shows, made from the domain's facts."""
