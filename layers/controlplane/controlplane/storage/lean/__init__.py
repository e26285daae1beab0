"""The authorizer's own DynamoDB client: small, and quick to import."""
