"""Everything for operators: worker, health, metrics, doctor, admin, demo data."""
