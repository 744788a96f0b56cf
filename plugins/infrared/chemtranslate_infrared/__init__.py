"""Infrared absorbance spectra for chemtranslate."""
