"""Health checks, metrics and the doctor."""
