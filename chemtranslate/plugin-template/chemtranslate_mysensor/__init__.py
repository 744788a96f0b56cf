"""The sensor mysensor for chemtranslate."""
