"""Ironflow's control plane: identity, keys, permissions, tenancy and audit."""

VERSION = "0.1.0"
