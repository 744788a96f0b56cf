#!/usr/bin/env bash
# Train everything that ships, in order: the hub, then the models that hang on it.
# Stops and starts again where it was. DATA holds hub/*.csv, mass_spec/massbank_gcms.msp.gz,
# nmr/nmrshiftdb2.jsonl.gz and sensor_array/gas_drift.zip.
set -euo pipefail
cd "$(dirname "$0")/.."
DATA=${DATA:-data}
BIN=${BIN:-.venv/bin}
WORK=${WORK:-results/weights}
HUB=plugins/chemception/chemtranslate_chemception/models/chemception-v1
MASS_SPEC=plugins/mass_spec/chemtranslate_mass_spec/models
NMR=plugins/nmr/chemtranslate_nmr/models
SENSOR_ARRAY=plugins/sensor_array/chemtranslate_sensor_array/models
mkdir -p "$WORK" docs/results

LIBRARY=$DATA/mass_spec/massbank_gcms.msp.gz
run() { "$BIN/chemtranslate" "$@"; }
# stage NAME COMMAND...: run once; remove $WORK to start anew
stage() { [ -e "$WORK/$1.done" ] || { "${@:2}" && touch "$WORK/$1.done"; }; }

stage hub run hub train --data "$DATA/hub" --structures "mass_spec=$LIBRARY" \
  -o "$HUB" --resume --force
stage prepared run prepare mass_spec "$LIBRARY" -o "$WORK/prepared.msp" \
  --rejects "$WORK/rejects.csv" --force
stage encoder run train mass_spec "$WORK/prepared.msp" --role encoder \
  -o "$MASS_SPEC/table1" --resume --force
stage decoder run train mass_spec "$WORK/prepared.msp" --role decoder \
  -o "$MASS_SPEC/table2" --resume --force
stage table3 run train mass_spec "$WORK/prepared.msp" --role decoder --decoder mass_spec/table3 \
  -o "$MASS_SPEC/table3" --resume --force
stage sibling run train mass_spec "$WORK/prepared.msp" --role decoder --decoder mass_spec/sibling \
  -o "$MASS_SPEC/sibling" --resume --force
stage open_encoder run train mass_spec "$WORK/prepared.msp" --role encoder \
  --encoder mass_spec/open -o "$MASS_SPEC/open-encoder" --resume --force
stage open_decoder run train mass_spec "$WORK/prepared.msp" --role decoder \
  --decoder mass_spec/open -o "$MASS_SPEC/open-decoder" --resume --force
stage open_identifier run train mass_spec "$WORK/prepared.msp" --role identifier \
  --encoder "$MASS_SPEC/open-encoder" --decoder "$MASS_SPEC/open-decoder" \
  -o "$MASS_SPEC/open-identifier" --resume --force
SHARED="share-alike, as reported of nmrshiftdb2: whoever passes on what was made of its peak lists \
names the source and keeps the terms; and CC BY-NC-SA 4.0, of the hub: LICENSE-WEIGHTS.md"
for NUCLEUS in nmr_13c nmr_1h; do
  LISTS=$WORK/$NUCLEUS.jsonl
  stage "$NUCLEUS.prepared" run prepare "$NUCLEUS" "$DATA/nmr/nmrshiftdb2.jsonl.gz" \
    -o "$LISTS" --rejects "$WORK/${NUCLEUS}_rejects.csv" --force
  stage "$NUCLEUS.encoder" run train "$NUCLEUS" "$LISTS" --role encoder --set "terms=$SHARED" \
    -o "$NMR/${NUCLEUS}_encoder" --resume --force
  stage "$NUCLEUS.decoder" run train "$NUCLEUS" "$LISTS" --role decoder --set "terms=$SHARED" \
    --encoder "$NMR/${NUCLEUS}_encoder" -o "$NMR/${NUCLEUS}_decoder" --resume --force
done
# of the sensor array, the first three batches alone
TERMS="CC BY 4.0, as number 270 of the UCI repository states it; the donors ask for use in research, \
and that Vergara et al. (2012) and Rodriguez-Lujan et al. (2014) be cited: LICENSE-WEIGHTS.md"
EARLY=(--set train=1,2,3 --set "terms=$TERMS")
stage readings run prepare sensor_array "$DATA/sensor_array/gas_drift.zip" \
  -o "$WORK/readings.csv" --rejects "$WORK/readings_rejects.csv" --force
stage sensor_encoder run train sensor_array "$WORK/readings.csv" --role encoder "${EARLY[@]}" \
  -o "$SENSOR_ARRAY/drift-aware" --resume --force
stage sensor_decoder run train sensor_array "$WORK/readings.csv" --role decoder "${EARLY[@]}" \
  --encoder "$SENSOR_ARRAY/drift-aware" -o "$SENSOR_ARRAY/dense" --resume --force
stage held_out run evaluate --from mass_spec --to mass_spec "$WORK/prepared.msp" --held-out \
  -o docs/results/held_out.json --force
"$BIN/python" docs/generate.py
