"""The attacks that once did harm, against the program as an operator starts it: alone, behind nginx and behind Caddy.

`make siege` runs them all and prints what each did before, what it does now, and what it may do.
"""
