"""What trainers of dense models share: split data, a fit, networks, cards, loading.

A plugin may use it or not: the core itself asks only for what `chemtranslate.protocols` says.
"""
