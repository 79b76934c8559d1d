"""`rentree capacity`: the most that holds, by open load in rungs and bisection around the knee."""
