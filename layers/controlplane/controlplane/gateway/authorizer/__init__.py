"""Who is asking, and may they: the REQUEST authorizer of every route (design, a request)."""
