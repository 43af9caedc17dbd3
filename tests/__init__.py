"""The product's tests; the tree mirrors the source."""
