"""The matrix: every defect of the sandbox against the short profile that must catch it."""
