# Python 3.11+ and make are all it takes: each command sets up what it needs, in .venv, once.
#   PYTHON=python3.12   which Python to use (default: the first of python3, python3.13, 3.12, 3.11 that fits)
#   ARGS="…"            passed on: make test ARGS="tests/jose -k expired", make demo ARGS="--walk -v"

PYTHON ?=
ARGS ?=
# Without byte code each start costs twice the time; a foreign path would mix other packages in.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME

run := .venv/bin/python
pytest := $(run) -m pytest
set-up = @PYTHON='$(PYTHON)' sh tools/python.sh tools/setup.py

.PHONY: help demo test check format bench bench-jose bench-state interop soak browser pin clean
.NOTPARALLEL:

help: ## what there is to run
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

demo: ## start the town and walk through its story; see it at http://localhost:8080
	$(set-up) demo
	@exec .venv/bin/gatepass demo $(ARGS)

test: ## run all tests (Chromium and PostgreSQL are used where found)
	$(set-up) test
	@$(pytest) -n 2 --dist loadfile $(ARGS)

check: ## format, lint, types, floors
	$(set-up) test
	@# All of them, whatever the first one finds.
	@failed=; \
	$(run) -m ruff format --check . || failed="format"; \
	$(run) -m ruff check . || failed="$$failed lint"; \
	$(run) -m mypy || failed="$$failed types"; \
	$(pytest) tests/repository || failed="$$failed floors"; \
	if [ "$$failed" ]; then echo "make check failed: $$failed" >&2; exit 1; fi

format: ## put the code into its format and mend what the linter can mend
	$(set-up) test
	$(run) -m ruff format .
	$(run) -m ruff check --fix .

bench: ## measure, beside the peers
	$(set-up) bench
	@set -e; for script in bench/*.py; do echo "== $$script"; $(run) $$script $(ARGS); done

bench-jose: ## measure tokens beside the peers, and write what is seen into docs/
	$(set-up) bench
	@$(run) bench/jose.py --docs $(ARGS)

bench-state: ## measure sessions and refreshes on both engines, and write what is seen into docs/
	$(set-up) bench
	@$(run) bench/refresh.py --docs $(ARGS)

interop: ## tests that need more: other software, the network
	$(set-up) test
	@$(pytest) -m interop $(ARGS)

soak: ## load and faults for ten minutes, then an audit of every change (make soak ARGS="--minutes 1 --tries 0")
	$(set-up) test
	@$(run) tools/soak.py $(ARGS)

browser: ## install Chromium for the browser tests, where that can be done
	@sh tools/browser.sh

pin: ## renew requirements/*.txt (maintainers; needs uv)
	@PYTHON='$(PYTHON)' sh tools/python.sh tools/pin.py $(ARGS)

clean: ## remove .venv and everything else that was made
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis build dist bench/.made
