"""How Django's own pages, the operator's, write times: with their zone, and in an order that sorts."""
