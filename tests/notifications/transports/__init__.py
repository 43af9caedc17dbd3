"""Mail that really leaves: over SMTP, and to mail services by HTTP, each to a server on loopback."""
