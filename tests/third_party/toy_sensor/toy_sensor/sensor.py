"""Lines of eight numbers, and a model that keeps them in the first eight hub dimensions."""

from dataclasses import replace

import numpy as np

from chemtranslate import ModelCard, Reject, Sample
from chemtranslate.errors import InputError
from chemtranslate.sample import Place


def read(stream, file):
    for number, line in enumerate(stream, 1):
        name, *words = line.decode("utf-8", errors="replace").partition("#")[0].split() or [""]
        place = Place(file, number)
        try:
            signal = np.array([float(word) for word in words], np.float32)
        except ValueError:
            signal = np.zeros(0, np.float32)
        if signal.shape != (8,):
            yield Reject(place, name, "expected eight numbers", "malformed", malformed=True)
        else:
            yield Sample(name, signal, name, place=place)


def write(samples, stream):
    for sample in samples:
        numbers = " ".join(f"{value:g}" for value in sample.signal)
        stream.write(f"{sample.id} {numbers} # {sample.metadata['Encoder']}\n".encode())


class Form:
    shape = (8,)
    dtype = "float32"

    def to_array(self, sample):
        if not np.isfinite(sample.signal).all():
            raise InputError("found a number that is not finite")
        return sample.signal

    def to_signal(self, array):
        return array


FORM = Form()


class Linear:
    """Encoder and decoder in one, made for whatever hub it is given."""

    form = FORM

    def __init__(self, folder, hub):
        self.card = ModelCard(role="encoder", name="toy/linear", modality="toy", hub=hub.id,
                              data_licence="CC0", split="none")
        self.dimensions = hub.dimensions

    def encode(self, arrays):
        return np.pad(arrays, ((0, 0), (0, self.dimensions - 8)))

    def decode(self, vectors):
        return vectors[:, :8]


class Noise:
    def __init__(self, share=0.1):
        self.share = share

    def augment(self, sample, rng):
        noise = rng.normal(size=8).astype(np.float32)
        return replace(sample, signal=sample.signal + np.float32(self.share) * noise)


def metrics(predicted, measured):
    return {"MSE": np.square(predicted - measured).mean(1, dtype=np.float64)}
