"""What a crash or a lost answer left behind: found, compared with Stripe, put right."""
