"""Reports of mail services."""
