"""The kinds of SLO, one a file: its keys, its words, its limits. `rentree.slo` has them all."""
