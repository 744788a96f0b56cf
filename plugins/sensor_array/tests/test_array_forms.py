"""Array forms, augmenter, preparation, similarity and picture of readings."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from chemtranslate.errors import InputError
from chemtranslate.sample import Reject, Sample
from chemtranslate_sensor_array import augmenter
from chemtranslate_sensor_array.channels import FLOORS, LOGS, RATIOS, SIGNS, VALUES, Channels
from chemtranslate_sensor_array.gases import GASES
from chemtranslate_sensor_array.models import damage_of, seen_by
from chemtranslate_sensor_array.plot import plot
from chemtranslate_sensor_array.preparation import prepare
from chemtranslate_sensor_array.reading import Reading
from chemtranslate_sensor_array.similarity import correlation, metrics

FORMS = [Channels(kind) for kind in ("values", "logs", "between", "within", "ratios")]


def reading(seed: int = 0) -> Sample:
    rng = np.random.default_rng(seed)
    values = FLOORS * SIGNS * np.exp(rng.uniform(3, 8, (16, 8)))
    return Sample(f"r{seed}", Reading.of(values), "ethanol", GASES["1"], {"ppmv": "10"})


def scaled(sample: Sample, factors: np.ndarray) -> Sample:
    return replace(sample, signal=Reading.of(sample.signal.values * factors))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind)
def test_every_form_is_128_finite_numbers(form: Channels) -> None:
    array = form.to_array(reading())
    assert (array.shape, array.dtype) == (form.shape, np.float32)
    assert np.isfinite(array).all()


def test_drift_of_any_sensor_and_strength_of_the_response_cancel_from_ratios() -> None:
    rng = np.random.default_rng(1)
    drifts = np.exp(rng.normal(0, 0.5, (16, 1)))
    before = RATIOS.to_array(reading())
    for factors in (drifts, 3 * np.ones((16, 8))):
        np.testing.assert_allclose(
            RATIOS.to_array(scaled(reading(), factors)), before, atol=2e-3)
    assert np.abs(LOGS.to_array(scaled(reading(), drifts)) - LOGS.to_array(reading())).max() > 0.5


@pytest.mark.parametrize("form", [VALUES, LOGS], ids=lambda form: form.kind)
def test_values_and_logs_become_the_reading_again(form: Channels) -> None:
    again = form.to_signal(form.to_array(reading()))
    np.testing.assert_allclose(again.values, reading().signal.values, rtol=1e-5)


def test_ratios_make_no_reading() -> None:
    with pytest.raises(InputError, match="found ratios"):
        RATIOS.to_signal(np.zeros(128))
    for array in (np.zeros(3), np.full(128, np.nan)):
        with pytest.raises(InputError):
            LOGS.to_signal(array)


@pytest.mark.parametrize(("signal", "reason"), [
    ("text", "found a signal of type str, expected a sensor array's reading"),
    (Reading.of(np.ones((4, 8))), "found 4 sensors with 8 features, expected 16 with 8"),
])
def test_what_is_no_reading_of_the_array_is_refused(signal: object, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        LOGS.to_array(Sample("a", signal))


def test_a_reading_is_a_table_of_finite_numbers() -> None:
    for values in (1.0, [], [1.0], [[np.nan]], [[1.0, np.inf]]):
        with pytest.raises(InputError, match="found"):
            Reading.of(values)


def test_damage_is_seeded_slight_and_wakes_no_silent_sensor() -> None:
    values = reading().signal.values.copy()
    values[3] = 0
    sample = replace(reading(), signal=Reading.of(values))
    one, again = (augmenter.load().augment(sample, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.signal.values, again.signal.values)
    np.testing.assert_array_equal(one.signal.values[3], 0)
    assert 0.9 < correlation(LOGS.to_array(one), LOGS.to_array(sample)) < 1
    still = augmenter.load(gain=0.0, offset=0.0, noise=0.0)
    np.testing.assert_array_equal(
        still.augment(sample, np.random.default_rng(3)).signal.values, values)
    for unknown in ({"share": 0.1}, {"noise": -1.0}):
        with pytest.raises(InputError):
            augmenter.load(**unknown)
    with pytest.raises(InputError):
        still.augment(Sample("a", "text"), np.random.default_rng(0))


def test_a_drifting_baseline_touches_the_steady_features_alone() -> None:
    drifted = augmenter.load(gain=0.0, noise=0.0).augment(reading(), np.random.default_rng(0))
    factors = drifted.signal.values / reading().signal.values
    np.testing.assert_allclose(factors[:, 2:], 1)
    assert (np.abs(factors[:, :2] - 1) > 1e-4).all()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind)
def test_a_model_sees_logs_as_its_encoder_sees_readings(form: Channels) -> None:
    logs = torch.from_numpy(LOGS.to_array(reading())[None])
    np.testing.assert_allclose(
        seen_by(form)(logs).numpy()[0], form.to_array(reading()), rtol=1e-4, atol=1e-4)


def test_gain_is_no_damage_to_ratios() -> None:
    drift = augmenter.Drift(gain=0.5, offset=0.0, noise=0.0)
    for form, touched in ((RATIOS, False), (LOGS, True), (VALUES, True)):
        arrays = torch.from_numpy(form.to_array(reading())[None])
        made = damage_of(form, drift)(arrays, torch.Generator().manual_seed(0))
        assert torch.allclose(made, arrays, atol=1e-4) != touched


def test_only_readings_of_a_known_concentration_of_gas_are_fit_for_training() -> None:
    good = reading()
    records = [good, replace(good, id="again"), replace(reading(1), metadata={}),
               replace(reading(2), metadata={"ppmv": "0"}), replace(reading(3), chemical=None),
               replace(reading(4), signal=Reading.of(np.ones((2, 2))))]
    first, *others = prepare(records)
    assert first == good
    kinds = [one.kind for one in others if isinstance(one, Reject)]
    assert kinds == ["duplicate", "no concentration", "no concentration", "no structure",
                     "not of the form"]


def test_a_reading_is_as_like_itself_as_can_be() -> None:
    arrays = np.stack([LOGS.to_array(reading()), np.zeros(128, np.float32)])
    figures = metrics(arrays, arrays)
    np.testing.assert_allclose(figures["correlation"], [1, 0])
    np.testing.assert_array_equal(figures["RMS log difference"], [0, 0])


def test_a_picture_is_drawn_or_said_to_be_impossible(tmp_path: Path) -> None:
    samples = [reading(0), reading(1)]
    for kind, below in (("png", None), ("svg", samples[:1])):
        with (tmp_path / f"x.{kind}").open("wb") as stream:
            plot(samples, below, stream, kind, "a title")
        assert (tmp_path / f"x.{kind}").stat().st_size > 5000
    for above, below, kind in (([], None, "png"), (samples, None, "bmp"),
                               (samples, [Sample("z", samples[0].signal)], "png"),
                               ([Sample("a", 1)], None, "png")):
        with pytest.raises(InputError):
            plot(above, below, io.BytesIO(), kind)
