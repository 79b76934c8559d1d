"""Our load engine beside its peers, in one run, on this machine. Run by hand: `make bench`."""
