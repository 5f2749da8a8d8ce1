"""Where things are kept: the hub's mailroom and the desk's casebook, on SQLite or PostgreSQL."""
