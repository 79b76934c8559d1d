"""What the matrix and the replay share: runs by the real command, weighed and kept as they come."""
