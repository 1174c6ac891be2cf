"""What the system does: acts, their rules and their refusals. No HTTP, no JSON, no SQL text, no API's name."""
