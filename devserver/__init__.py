"""The development server: API Gateway, Lambda and DynamoDB on one machine, read from template.yaml."""
