"""What protects the platform: one protection a file, each off unless a preset or `set` says so."""
