# make demo | test | lint | bench | weights | experiment | docs | clean
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
EXAMPLES := plugins/mass_spec/chemtranslate_mass_spec/examples/examples.msp
DEMO := demo-output
PREPARED ?= results/weights/prepared.msp
REPORT ?= results/experiment
MATCHMS := .venv/matchms/bin/python

.PHONY: demo test lint bench weights experiment docs clean

SENSORS := plugins/infrared plugins/nmr plugins/sensor_array

$(READY): pyproject.toml constraints.txt $(SENSORS:%=%/pyproject.toml)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[plots,experiment,ann,dev]'
	$(BIN)/python -m pip install --quiet -c constraints.txt $(SENSORS:%=-e %)
	@touch $@

$(MATCHMS): $(READY)
	$(PYTHON) -m venv .venv/matchms
	.venv/matchms/bin/python -m pip install --quiet matchms

demo: $(READY)
	@rm -rf $(DEMO) && mkdir $(DEMO)
	$(BIN)/chemtranslate translate --from mass_spec --to mass_spec $(EXAMPLES) -o $(DEMO)/translated.msp
	$(BIN)/chemtranslate identify --from mass_spec $(EXAMPLES) --top-k 3 -o $(DEMO)/hits.csv
	$(BIN)/chemtranslate plot mass_spec $(EXAMPLES) --below $(DEMO)/translated.msp \
	  --title "Measured mass spectra and their translations" -o $(DEMO)/mirror.png
	@$(BIN)/python scripts/show_hits.py $(DEMO)/hits.csv
	@echo "measured     $(EXAMPLES)"
	@echo "translated   $(DEMO)/translated.msp"
	@echo "nearest      $(DEMO)/hits.csv"
	@echo "picture      $(DEMO)/mirror.png"

test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(READY) $(MATCHMS)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	$(BIN)/python benchmarks/main_road.py --matchms $(MATCHMS)
	$(BIN)/python benchmarks/hub_speed.py
	$(BIN)/python benchmarks/search.py
	@test -e $(PREPARED) || echo "library match: skipped, as there is no $(PREPARED)"
	test ! -e $(PREPARED) || $(BIN)/python benchmarks/library_match.py $(PREPARED) --matchms $(MATCHMS)

weights: $(READY)
	bash scripts/weights.sh

experiment: $(READY)
	$(BIN)/chemtranslate experiment mass_spec $(PREPARED) -o $(REPORT)
	$(BIN)/python scripts/experiment_docs.py $(REPORT)
	$(BIN)/python docs/generate.py

docs: $(READY)
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(DEMO) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
