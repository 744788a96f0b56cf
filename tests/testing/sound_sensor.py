"""A plugin that keeps every promise there is; tests break them one by one."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from chemtranslate import ModelCard, hookimpl
from chemtranslate.errors import InputError, StructureError
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate.specs import (
    AugmenterSpec,
    DecoderSpec,
    EncoderSpec,
    FormatSpec,
    HubSpec,
    ModalitySpec,
)

HERE = Path(__file__).parent
ME = "sound_sensor"


@hookimpl
def chemtranslate_hubs():
    return [HubSpec(name="sound-hub", load=f"{ME}:TinyHub", folder=HERE / "hub",
                    structures="chemception")]


@hookimpl
def chemtranslate_modalities():
    return [ModalitySpec(
        name="sound",
        formats=(FormatSpec(name="lines", suffixes=(".lines",), read=f"{ME}:read",
                            write=f"{ME}:write"),
                 FormatSpec(name="sum", suffixes=(".sum",), write=f"{ME}:write_sum")),
        encoder="sound/linear", decoder="sound/linear", augmenter="sound/loss",
        form=f"{ME}:FORM", prepare=f"{ME}:prepare", metrics=f"{ME}:metrics", plot=f"{ME}:plot",
        examples=(HERE / "examples.lines",),
    )]


@hookimpl
def chemtranslate_encoders():
    return [EncoderSpec(name="sound/linear", modality="sound", load=f"{ME}:Encoder")]


@hookimpl
def chemtranslate_decoders():
    return [DecoderSpec(name="sound/linear", modality="sound", load=f"{ME}:Decoder")]


@hookimpl
def chemtranslate_augmenters():
    return [AugmenterSpec(name="sound/loss", modality="sound", load=f"{ME}:Loss")]


@hookimpl
def chemtranslate_commands(cli):
    cli.command("sound")(lambda: None)


def read(stream, file):
    for number, line in enumerate(stream, 1):
        place = Place(file, number)
        try:
            label, signal = json.loads(line)
            signal = np.array(signal, np.float64)
            if not isinstance(label, str) or not label or signal.shape != (6,):
                raise ValueError("expected a name and six numbers")
        except (ValueError, TypeError, RecursionError, OverflowError) as error:
            yield Reject(place, "", f"not a record: {error}", "malformed", malformed=True)
            continue
        yield Sample(label, signal, label, place=place)


def write(samples, stream):
    for sample in samples:
        record = [sample.id, [float(f"{value:.6g}") for value in sample.signal]]
        stream.write(json.dumps(record).encode() + b"\n")


def write_sum(samples, stream):
    stream.write(b"%d\n" % sum(1 for _ in samples))


class Form:
    shape = (6,)
    dtype = "float32"

    def to_array(self, sample):
        highest = np.abs(sample.signal).max()
        if not 1e-30 < highest < 1e30:
            raise InputError(f"found the largest number {highest}, expected one that can be scaled")
        return (sample.signal / highest).astype(np.float32)

    def to_signal(self, array):
        if not np.any(array):
            raise InputError("found nothing in the array")
        return np.asarray(array, np.float64)

    def left_out(self, sample):
        return 0


FORM = Form()


def prepare(records):
    yield from records


def metrics(predicted, measured):
    return {"difference": np.abs(predicted - measured).mean(1)}


def plot(above, below, stream, kind="png", title=""):
    stream.write(b"\x89PNG\r\n\x1a\n")


class Loss:
    def augment(self, sample, rng):
        kept = rng.uniform(size=6) < 0.8
        kept[np.abs(sample.signal).argmax()] = True
        return replace(sample, signal=np.where(kept, sample.signal, 0))


class Model:
    form = FORM

    def __init__(self, folder, hub):
        self.card = ModelCard(role=self.role, name="sound/linear", modality="sound", hub=hub.id,
                              data_licence="none", split="none")
        self.dimensions = hub.dimensions


class Encoder(Model):
    role = "encoder"

    def encode(self, arrays):
        return np.pad(arrays, ((0, 0), (0, self.dimensions - 6)))


class Decoder(Model):
    role = "decoder"

    def decode(self, vectors):
        return vectors[:, :6].copy()

    def regions(self, vectors):
        return ["low" if vector[0] < 0 else "high" for vector in vectors]

    def generate(self, arrays, vectors, rngs):
        return np.stack([array * rng.uniform(0.5, 1) for array, rng in
                         zip(arrays, rngs, strict=True)]).astype(np.float32)


class TinyHub:
    def __init__(self, folder):
        self.card = ModelCard(role="hub", name="sound-hub", hub="0123", data_licence="none",
                              split="none", architecture={"dimensions": 8})

    def embed(self, smiles):
        if any(one.count("(") != one.count(")") for one in smiles):
            raise StructureError("found a parenthesis that does not close")
        return np.array([[one.count("C"), *[one.count("O")] * 6, 1] for one in smiles], np.float32)
