"""The generated pages of the documentation, a module each; `docs/generate.py` writes them."""
