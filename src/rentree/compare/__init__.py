"""Two runs of one profile, or two groups of runs, side by side: what got worse. Pure."""
