"""Torture: kill each process of a run, in each of its phases, and see that nothing is left."""
