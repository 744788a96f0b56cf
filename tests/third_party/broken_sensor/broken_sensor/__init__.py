"""A plugin whose import fails, as it does where a library it needs is missing."""

raise RuntimeError("the library of the instrument is not installed")
