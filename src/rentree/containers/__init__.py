"""Faults of containers: `engine` speaks to Docker, `acts` are what can be done to a container."""
