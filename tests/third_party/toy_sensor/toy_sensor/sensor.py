"""Lines of eight numbers, and a model that keeps them in the first eight hub dimensions."""

from dataclasses import replace
from urllib.parse import quote, unquote

import numpy as np

from chemtranslate import ModelCard, Reject, Sample
from chemtranslate.errors import InputError
from chemtranslate.sample import Place


def read(stream, file):
    for number, line in enumerate(stream, 1):
        label, *words = line.decode("utf-8", errors="replace").partition("#")[0].split() or [""]
        name, place = unquote(label), Place(file, number)
        try:
            signal = np.array([float(word) for word in words], np.float32)
        except ValueError:
            signal = np.zeros(0, np.float32)
        if signal.shape != (8,) or not name:
            yield Reject(place, name, "expected a name and eight numbers", "malformed",
                         malformed=True)
        else:
            yield Sample(name, signal, name, place=place)


def write(samples, stream):
    for sample in samples:
        numbers = " ".join(f"{value:g}" for value in sample.signal)
        made = f" # {sample.metadata['Encoder']}" if "Encoder" in sample.metadata else ""
        stream.write(f"{quote(sample.id)} {numbers}{made}\n".encode())


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
    """Encoder of whatever hub it is given."""

    role = "encoder"
    form = FORM

    def __init__(self, folder, hub):
        self.card = ModelCard(role=self.role, name="toy/linear", modality="toy", hub=hub.id,
                              data_licence="CC0", split="none")
        self.dimensions = hub.dimensions

    def encode(self, arrays):
        return np.pad(arrays, ((0, 0), (0, self.dimensions - 8)))


class Back(Linear):
    """Decoder of it."""

    role = "decoder"

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
