"""A flood: `spec` says what is sent, `sender` sends it on time, `__main__` is its process."""
