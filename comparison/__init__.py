"""The proof of `rentree compare`: sound runs, and runs slowed by 30 %, on loopback."""
