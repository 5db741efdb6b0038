"""Recipes: named deterministic codemods, listed in `catalogue`. The parts of a recipe have its name in front."""
