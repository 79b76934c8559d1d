"""How much the home page has, at least and at most."""

ASSETS = 4  # as it is: style, script, logo, banner
MOST_ASSETS = 200
