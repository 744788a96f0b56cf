"""Which of given chemicals an unknown is, by all that is known, and how sure that is."""
