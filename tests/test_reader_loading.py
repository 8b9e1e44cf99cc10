"""What a reader's config may hold is known by name, and nothing else is taken in silence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from tiny import tiny_encoder, tiny_tokenizer

from quotestance.errors import CheckpointError
from quotestance.quotes.decoding import DECODING
from quotestance.reader.loading import FORMER, THRESHOLDS, load_reader
from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from quotestance.speakers.notes import Decoding
from quotestance.stance.calibration import Calibration
from quotestance.stance.reader_classifier import ReaderClassifier
from training.reader.stance_fit import settings_of


def test_reader_loading_knows_every_threshold_that_is_read(reader_folder: Path) -> None:
    calibrated = ReaderClassifier.load(reader_folder)
    assert calibrated.calibration == Calibration()
    read = {*DECODING, *Decoding().to_settings(), *settings_of(calibrated)}
    assert len(THRESHOLDS) == len(set(THRESHOLDS))
    assert set(THRESHOLDS) == read
    assert not FORMER & read


def test_reader_loading_takes_thresholds_of_older_versions(attribution_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(attribution_folder, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text()) | {"decoding": dict.fromkeys(sorted(FORMER), 0.5)}
    (folder / "config.json").write_text(json.dumps(config))
    model, _ = load_reader(folder, device="cpu", dtype=torch.float32)
    assert Decoding.of(model.config.decoding) == Decoding()


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("min_confidense", "min_confidence"),
        ("speeker_name_bias", "speaker_name_bias"),
        ("stance_temprature", "stance_temperature"),
        ("stance_bias_deescalatory", "stance_bias_de-escalatory"),
        ("Quoted", "quoted"),
        ("", ""),
    ],
)
def test_reader_loading_refuses_a_threshold_that_there_is_not(
    attribution_folder: Path, tmp_path: Path, name: str, nearest: str
) -> None:
    folder = shutil.copytree(attribution_folder, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text()) | {"decoding": {"join": 0.5, name: 0.5}}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=rf"decoding\.{name} is no threshold .*did you mean {nearest}") as caught:
        load_reader(folder, device="cpu", dtype=torch.float32)
    assert str(folder) in str(caught.value)
    assert "decoding.join" not in str(caught.value)


def test_reader_loading_refuses_a_window_that_has_no_places_for_its_padding(tmp_path: Path) -> None:
    encoder = tiny_encoder()
    encoder.max_position_embeddings = 100
    for window, is_sound in ((94, True), (95, False)):
        AttributionModel(AttributionConfig(encoder.to_dict(), link_size=8, window=window)).save_pretrained(tmp_path)
        tiny_tokenizer().save_pretrained(tmp_path)
        if is_sound:
            load_reader(tmp_path, device="cpu", dtype=torch.float32)
        else:
            with pytest.raises(CheckpointError, match="window is 95, but the encoder has 100 places"):
                load_reader(tmp_path, device="cpu", dtype=torch.float32)
