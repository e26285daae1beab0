"""CEL conditions of policies: what they may say, what they may cost, and what they answer (contract, section 6)."""
