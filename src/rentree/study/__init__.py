"""Studies: several runs that together answer one question, `profiles/studies/NAME.yaml`. Pure."""
