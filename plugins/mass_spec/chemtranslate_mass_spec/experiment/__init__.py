"""The paper's experiment: do synthetic spectra help where measured replicates are few?"""
