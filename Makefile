# `make demo`  a recommendation for a real runner, in a virtual environment of its own
# `make test`  everything that is checked before a change lands
# `make bench` how long things take, beside things to compare them with; it writes benchmarks/results.md
# `make cluster` answers on small clusters of Ray and of Spark, with workers killed on the way
# `make prove` proves the laws and the statements of the bundled rules for every runner with up to four complaints
# `make campaign` a long run of random runners and packs; TIME=600 seconds of it, RUNNERS=1000000, PROOFS=100000, MUTANTS=20000, WEEKS=20000, UNLOCKS=20000, BOUNDARIES=5000 or COLUMNS=100000; SUITE=8 makes eight times as many random tries as the suite; STRANGERS=100000 watches its memory; SEED=7 repeats one
# `make examples` writes the printed answers of the examples anew, to be read before they are kept
# `make schemas` writes the kept JSON Schemas anew, after fields were added to what is read or written
# `make findings` writes rules/FINDINGS.md anew from the pages in rules/checks/findings.yaml
# `make vendor` renews the library that draws in the explorer; VERSION=1.2.3 takes another version of it

PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3.14 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
DEMO := .venv-demo
TEST := .venv-test
BENCH := .venv-bench
CLUSTER := .venv-cluster
SOURCES := pyproject.toml setup.py $(shell find engine rules graph -name '*.py' -o -name '*.yaml' -o -name '*.md') $(shell find graph/explorer -type f -not -name '*.pyc')
.DEFAULT_GOAL := help
.PHONY: help demo test lint types tools suite others cluster bench prove campaign examples signs schemas findings vendor clean

help:
	@sed -n 's/^# //p' Makefile

$(DEMO)/done: $(SOURCES)
	@test -n "$(PYTHON)" || { echo "prehab needs Python 3.11 or newer, and none was found." >&2; exit 1; }
	@echo "Setting up $(DEMO) with $(PYTHON) ..."
	@$(PYTHON) -m venv $(DEMO)
	@$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check .
	@touch $@

demo: $(DEMO)/done
	$(DEMO)/bin/prehab recommend examples/sore-achilles.yaml

$(TEST)/done: $(SOURCES) tests/requirements.txt
	@test -n "$(PYTHON)" || { echo "prehab needs Python 3.11 or newer, and none was found." >&2; exit 1; }
	@echo "Setting up $(TEST) with $(PYTHON) ..."
	@$(PYTHON) -m venv $(TEST)
	@$(TEST)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@$(TEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --force-reinstall .
	@touch $@

test: lint types suite others

lint: $(TEST)/done
	$(TEST)/bin/ruff check .
	$(TEST)/bin/ruff format --check .

types: $(TEST)/done
	$(TEST)/bin/mypy -p prehab

tools:
	@bash tests/install_tools.sh

suite: $(TEST)/done tools
	$(TEST)/bin/python -m pytest -n 2 --dist worksteal tests

others: $(TEST)/done
	$(TEST)/bin/python tests/every_python.py

$(BENCH)/done: $(SOURCES) benchmarks/requirements.txt
	@test -n "$(PYTHON)" || { echo "prehab needs Python 3.11 or newer, and none was found." >&2; exit 1; }
	@echo "Setting up $(BENCH) with $(PYTHON) ..."
	@$(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt .
	@touch $@

bench: $(BENCH)/done
	$(BENCH)/bin/python -m benchmarks.run

$(CLUSTER)/done: $(TEST)/done tests/cluster/requirements.txt
	@echo "Setting up $(CLUSTER), with all of $(TEST) in it ..."
	@$(TEST)/bin/python -m venv --without-pip $(CLUSTER)
	@cd $(CLUSTER)/lib/python*/site-packages && echo $(CURDIR)/$(TEST)/lib/python*/site-packages > tests.pth
	@$(CLUSTER)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile -r tests/cluster/requirements.txt
	@touch $@

cluster: $(CLUSTER)/done
	@bash tests/cluster/find_java.sh
	$(CLUSTER)/bin/python -m pytest -W default tests/cluster/test_ray.py
	$(CLUSTER)/bin/python -m pytest -W default tests/cluster/test_spark.py

prove: $(TEST)/done
	$(TEST)/bin/prehab rules prove

campaign: $(TEST)/done
	TIME=$(TIME) SUITE=$(SUITE) RUNNERS=$(RUNNERS) PROOFS=$(PROOFS) MUTANTS=$(MUTANTS) WEEKS=$(WEEKS) UNLOCKS=$(UNLOCKS) BOUNDARIES=$(BOUNDARIES) COLUMNS=$(COLUMNS) STRANGERS=$(STRANGERS) SEED=$(SEED) $(TEST)/bin/python -m tests.campaign

examples: $(TEST)/done
	$(TEST)/bin/python tests/write_examples.py

signs: $(TEST)/done
	$(TEST)/bin/python -m tests.signs

schemas: $(TEST)/done
	$(TEST)/bin/python -m tests.schemas

findings: $(TEST)/done
	$(TEST)/bin/python -m prehab.rules.checks.findings > rules/FINDINGS.md

vendor:
	bash tests/vendor.sh $(VERSION)

clean:
	rm -rf $(DEMO) $(TEST) $(BENCH) $(CLUSTER) .tools .venv-3* build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
