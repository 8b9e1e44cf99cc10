# What a developer does, by name.  Everything runs in the environment that is active.
.PHONY: check test fuzz lint bench

check: test lint        ## what .ci/run runs

test:                   ## the tests, the same every time
	python -m pytest

fuzz:                   ## the property tests with other examples at every call, and more of them
	HYPOTHESIS_PROFILE=fuzz python -m pytest tests

lint:                   ## style, types, import contracts
	ruff check .
	ruff format --check .
	mypy
	lint-imports

bench:                  ## speed beside a plain pass of the encoder: make bench FOLDER=articles/
	python benchmarks/speed.py $(FOLDER)
