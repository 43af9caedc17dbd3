"""Brings our rows to what Stripe says of a payment."""
