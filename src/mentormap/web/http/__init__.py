"""Requests and answers: middleware, logins, redirects, parts of pages."""
