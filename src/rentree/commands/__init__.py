"""What the commands do, one file each; `rentree.cli` only reads options and calls them."""
