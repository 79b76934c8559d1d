"""The load: child processes that import Locust; nothing else does, besides `rentree.person`."""
