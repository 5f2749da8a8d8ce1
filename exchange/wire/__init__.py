"""The bytes that travel, and nothing else: no keys, no clock, no network, no store."""
