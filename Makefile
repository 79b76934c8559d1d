# The two commands: make certify (the main job), make test (everything through tox).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: certify test proofs golden schema bench bench-50k coverage lab torture matrix replay comparison clean

certify: $(STAMP)
	$(BIN)/rentree run rentree-9h --sandbox rentree

# tox lives in the same environment; it makes its own for each of its parts. Lint, types, imports and the wheel go beside the tests.
test: $(STAMP)
	tests/system-packages.sh
	@mkdir -p .tox
	@{ $(BIN)/python -m tox run-parallel --workdir .tox/beside --parallel-no-spinner -e lint,types,arch,package; \
	   echo $$? > .tox/beside.code; } > .tox/beside.log 2>&1 & \
	$(BIN)/python -m tox run -e py,py312,py313,py314; tests=$$?; wait; beside=$$(cat .tox/beside.code); \
	if [ $$beside = 0 ]; then echo "lint, types, imports and the wheel: OK"; else cat .tox/beside.log; fi; \
	exit $$((tests + beside))

# By hand: whole runs that other proofs make too, and that CI has no time for; some 8 minutes.
proofs: $(STAMP)
	$(BIN)/python -m tox run -e proofs

golden: $(STAMP)
	$(BIN)/python tests/golden/make.py

schema: $(STAMP)
	$(BIN)/python -m rentree.schema > profiles/profile.schema.json

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Rentrée needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Say which: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . "tox>=4.24"
	touch $(STAMP)

# By hand: our engine beside its peers, on two quiet cores; some 20 minutes. ROUNDS=3 ONLY="steps sessions"
bench: $(STAMP)
	benchmarks/tools.sh
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m benchmarks --rounds $(or $(ROUNDS),3) --only $(ONLY) $(if $(ONLY),,--write)

# By hand: 50,000 people signed in at once over https, sandbox included; some 25 minutes on two quiet cores.
bench-50k: $(STAMP)
	$(BIN)/rentree run benchmarks/bench-50k.yaml --sandbox benchmarks/bench-50k-sandbox.yaml --tls --workers 3

# By hand: how often the judge's intervals hold the truth, and its false alarms, on simulated queues; some 8 minutes of a core.
coverage: $(STAMP)
	$(BIN)/python -m benchmarks.coverage --repetitions $(or $(REPETITIONS),1000) $(if $(REPETITIONS),,--write)

# By hand: nginx, two nodes, PostgreSQL, Toxiproxy between them, on loopback. CHECK=1 proves it and ends.
lab: $(STAMP)
	$(BIN)/python -m pip install --quiet --editable ".[postgres]"
	$(BIN)/python -m lab $(if $(CHECK),--check)

# By hand: every kind of process of a run killed in every phase, 56 runs in some 15 minutes. N=200 for more.
torture: $(STAMP)
	$(BIN)/python -m torture --count $(or $(N),56) --jobs $(or $(JOBS),2)

# By hand: every defect of the sandbox by the profile that must catch it, and sound runs; some 25 minutes. SOUND=30 JOBS=2
matrix: $(STAMP)
	$(BIN)/python -m matrix --sound $(or $(SOUND),30) --jobs $(or $(JOBS),2) --write

# By hand: every profile on its presets, at rehearsal scale, as it declares; within an hour. JOBS=3 ONLY="eclat cned"
replay: $(STAMP)
	$(BIN)/python -m replay --jobs $(or $(JOBS),3) --only $(ONLY) --write

# By hand: `rentree compare` on 20 pairs of sound runs and 20 of which one is 30 % slower; some 25 minutes. N=20
comparison: $(STAMP)
	$(BIN)/python -m comparison --pairs $(or $(N),20) --jobs $(or $(JOBS),1) --write

clean:
	rm -rf $(VENV) .tox build dist
