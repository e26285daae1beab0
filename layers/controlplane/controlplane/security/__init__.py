"""Adapters for passwords, tokens, conditions, randomness and time."""
