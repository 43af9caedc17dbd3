"""Finds and repairs what a crash or a lost answer left behind, and compares with Stripe."""
