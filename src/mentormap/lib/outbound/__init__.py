"""The one way out to an address that a user gave: a strict grammar, public numbers only, a connection pinned to them."""
