"""What operators need: worker, health, metrics, doctor, admin, demo data."""
