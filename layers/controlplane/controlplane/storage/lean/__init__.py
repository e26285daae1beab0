"""The authorizer's own DynamoDB client: standard library, one socket, a few milliseconds to import."""
