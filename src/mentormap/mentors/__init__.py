"""Who mentors, what they help with, and what students say of them."""
