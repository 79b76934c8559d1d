"""`make lab`: a platform of several parts on this machine, as a region's is, without Docker."""
