"""Measurements of the product beside its alternatives: `make bench`, or `python -m benchmarks cold warm ...`."""
