"""Amounts, Stripe and refunds; knows no sessions."""
