# Daily work needs `make run`, `make test` and `make check`; `make help` lists the rest.

PYTHON ?= python3
DEV ?= .venv-dev
export PYTHONUNBUFFERED = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

ALL_TESTS := -n 3 --dist loadfile --no-loadscope-reorder --nothing-left-out --timings

.DEFAULT_GOAL := help
.PHONY: help run test check lint everything kill soak siege guards bench screenshots messages lock venv venv-dev

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: venv  ## install what is locked, then serve on http://localhost:3002 until Ctrl-C
	@exec .venv/bin/mentormap run

test: venv-dev  ## all tests that this machine can run, with samples of the longest; says what it left out
	@$(DEV)/bin/pytest $(PYTEST)

check: venv-dev  ## format, lint, types, layers, sizes, migrations, fast tests
	@$(DEV)/bin/python tools/check.py

lint: venv-dev  ## what check does, without the tests
	@$(DEV)/bin/python tools/check.py --without-tests

everything: venv-dev  ## lint, all guards, all tests, the longest at full length: for changes to money, time, locks or background work
	@$(DEV)/bin/python tools/check.py --without-tests
	@$(DEV)/bin/python -m tools.guards --all
	@KILL_EVERY=1 EVERY_HISTORY=1 EVERY_EXAMPLE=1 SOAK_SECONDS=60 RESTART_ROUNDS=3 $(DEV)/bin/pytest $(ALL_TESTS)

kill: venv-dev  ## kill a process after each statement and each call to Stripe, on SQLite and PostgreSQL
	@KILL_EVERY=1 $(DEV)/bin/pytest tests/kill

soak: venv-dev  ## book, move and cancel at random through the running server for a minute, on SQLite and PostgreSQL
	@SOAK_SECONDS=60 $(DEV)/bin/pytest tests/servers/test_soak.py

siege: venv-dev  ## attack the running program, alone and behind nginx and Caddy: what each attack did before, does now, and may do
	@$(DEV)/bin/python -m tests.siege
	@RESTART_ROUNDS=3 $(DEV)/bin/pytest tests/servers/test_restarts.py

guards: venv-dev  ## take out the guards of time and money that have changed, and a sixth of the others, and see their tests fail
	@$(DEV)/bin/python -m tools.guards

bench: venv-dev  ## how long booking, settling, comparing, a month of slots and 5,000 mails take
	@for each in booking front_door money month_of_slots outbox; do $(DEV)/bin/python bench/$$each.py || exit 1; done

messages: venv-dev  ## the sentences that are marked for translation, into var/mentormap.pot
	@mkdir -p var && $(DEV)/bin/python -m tools.messages var/mentormap.pot

screenshots: venv-dev  ## every page at 360, 390 and 1280 px, light and dark, into var/screenshots
	@SCREENSHOTS=var/screenshots $(DEV)/bin/pytest tests/browser/test_looks.py

venv:
	@$(PYTHON) tools/venv.py .venv requirements/runtime.txt

venv-dev:
	@$(PYTHON) tools/venv.py $(DEV) requirements/development.txt

lock:  ## lock the newest versions that pyproject.toml allows (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 --upgrade pyproject.toml -o requirements/runtime.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 --upgrade --group pyproject.toml:build -c requirements/runtime.txt -o requirements/build.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 --upgrade pyproject.toml --group dev -c requirements/runtime.txt -o requirements/development.txt
