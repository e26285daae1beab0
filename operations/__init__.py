"""What operators run by hand, with their own AWS credentials (docs/runbook.md)."""
