"""Every figure of a verdict reckoned anew from the Parquet files, by numpy alone.

A run copies these files into its evidence, where they are sealed. Years later, without Rentrée,
with Python, numpy, and polars to read Parquet:

    python raw/recompute.py .          in the evidence folder

They import nothing of Rentrée and were written from docs/verdict.md, not from the judge: where
both say the same, one error would have to have been made twice. What they do not reckon is whether
a window was valid, and what a decision therefore is: that is `rentree judge`.
"""
