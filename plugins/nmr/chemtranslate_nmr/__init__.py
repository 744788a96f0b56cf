"""NMR peak lists for chemtranslate."""
