"""Recipes: named deterministic codemods. Each file here is one, listed in `catalogue`."""
