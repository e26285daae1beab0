"""Rules and entities as frozen values; plain Python, no vendor import."""
