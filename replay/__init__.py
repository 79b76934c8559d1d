"""The replay: every profile on the presets of which it expects a verdict, and the record."""
