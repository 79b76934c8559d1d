"""The sandbox: a small school portal with real limits, the reference platform that we ship."""
