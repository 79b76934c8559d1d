"""Access lines that people share or have for themselves: a relay of ours, in its own process."""
