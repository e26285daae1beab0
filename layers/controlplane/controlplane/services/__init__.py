"""Use cases: one module per resource, one method per operation."""
