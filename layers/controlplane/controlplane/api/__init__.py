"""The public face without a framework: routes, bodies, views, errors, OpenAPI."""
