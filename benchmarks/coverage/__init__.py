"""How often the judge’s intervals hold the truth, on simulated queues: `make coverage`, by hand."""
