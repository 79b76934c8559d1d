"""Toxiproxy: found or built and run (`server`), asked (`api`), held for a run (`held`)."""
