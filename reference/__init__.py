"""The reference in docs/reference, made from the route table, the types, the matrices, the schema and the commands."""
