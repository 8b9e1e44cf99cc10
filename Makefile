# What a developer does, by name.  Everything runs in the environment that is active.
.PHONY: check test oldest engines fuzz coverage docs site tutorials lint bench dist

check: test lint        ## what .ci/run runs

test:                   ## the tests, the same every time
	python -m pytest

oldest:                 ## the tests with the oldest release of each dependency that pyproject.toml allows, in .oldest; needs uv
	uv venv --clear .oldest
	uv pip install --python .oldest --resolution lowest-direct -e ".[test]"
	.oldest/bin/python -m pytest -o filterwarnings=default

engines:                ## the tests of Ray and Dask, two workers each, and of spaCy; they need pip install -e ".[ray,dask,spacy]"
	python -m pytest tests/test_engines_ray.py tests/test_engines_docs.py \
		tests/test_mutated_articles.py::test_mutated_articles_have_the_same_rows_on_engines \
		tests/test_spacy.py tests/test_objects_docs.py

fuzz:                   ## the property tests with other examples at every call, and more of them
	HYPOTHESIS_PROFILE=fuzz python -m pytest tests

coverage:               ## the tests with the lines that none of them runs; fails under 90%
	python -m pytest --cov=quotestance --cov-report=term-missing:skip-covered --cov-fail-under=90

docs:                   ## what README, docstrings and pages show is what the code does, and the site builds with no warning
	python -m pytest tests/test_readme.py tests/test_docs.py tests/test_tutorials.py tests/test_site.py quotestance

site:                   ## the documentation site, in site/, without network and models; python -m http.server -d site shows it
	python -m mkdocs build --strict --site-dir site

tutorials:              ## run the tutorials and write what they print into their pages, the notebook and the chart
	python -m tests.tutorials --write

lint:                   ## style, types, import contracts
	ruff check .
	ruff format --check .
	mypy
	lint-imports

dist:                   ## wheel and sdist into dist/, and how large they are: docs/releasing.md
	python -m build
	python benchmarks/distribution.py dist/*

bench:                  ## speed beside a plain pass of the encoder: make bench FOLDER=articles/
	python benchmarks/speed.py $(FOLDER)
