"""Pages: what students and mentors see."""
