"""MentorMap: a self-hosted marketplace for paid mentoring."""
