"""Readings of gas sensor arrays for chemtranslate."""
