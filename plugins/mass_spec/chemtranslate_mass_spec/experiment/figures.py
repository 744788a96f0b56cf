"""The figures of the experiment, by what they show: arrays in, a matplotlib figure out."""

from chemtranslate_mass_spec.experiment.accuracy_figures import (
    accuracy_by_ratio,
    accuracy_by_regime,
)
from chemtranslate_mass_spec.experiment.score_figures import (
    confusion,
    ratio_histograms,
    spectra_per_chemical,
)
from chemtranslate_mass_spec.experiment.space_figures import (
    distances_follow_structure,
    encoded_around_points,
    what_z_knows,
)
from chemtranslate_mass_spec.experiment.spectrum_figures import (
    damaged_versions,
    memorisation,
    siblings,
    spectrum_with_structure,
)

__all__ = [
    "accuracy_by_ratio",
    "accuracy_by_regime",
    "confusion",
    "damaged_versions",
    "distances_follow_structure",
    "encoded_around_points",
    "memorisation",
    "ratio_histograms",
    "siblings",
    "spectra_per_chemical",
    "spectrum_with_structure",
    "what_z_knows",
]
