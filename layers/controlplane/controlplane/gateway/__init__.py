"""API Gateway shapes in and out: authorizer, binder, observability."""
