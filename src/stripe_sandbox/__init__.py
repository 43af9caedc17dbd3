"""A local stand-in for the part of Stripe that a hosted checkout needs."""
