"""How each kind of SLO is measured: a pure function a file."""
