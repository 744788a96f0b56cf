"""Mass spectra for chemtranslate: file formats, preparation, array form, models and training."""
