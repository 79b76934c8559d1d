"""The peers, as good as each of them allows."""
