# Daily work needs `make run`, `make test` and `make check`; `make help` lists the rest.

PYTHON ?= python3
export PYTHONUNBUFFERED = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help run test check lint kill soak siege guards bench screenshots lock venv venv-dev

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: venv  ## install what is locked, then serve on http://localhost:3002 until Ctrl-C
	@exec .venv/bin/mentormap run

test: venv-dev  ## everything that this machine can run; says what it left out
	@.venv-dev/bin/pytest $(PYTEST)

check: venv-dev  ## format, lint, types, floors, sizes, migrations, fast tests
	@.venv-dev/bin/python tools/check.py

lint: venv-dev  ## what check does, without the tests
	@.venv-dev/bin/python tools/check.py --without-tests

kill: venv-dev  ## kill a process after each statement and each call to Stripe, on SQLite and PostgreSQL
	@KILL_EVERY=1 .venv-dev/bin/pytest tests/kill

soak: venv-dev  ## book, move and cancel at random through the running server for a minute, on SQLite and PostgreSQL
	@SOAK_SECONDS=60 .venv-dev/bin/pytest tests/servers/test_soak.py

siege: venv-dev  ## attack the running program, alone and behind nginx and Caddy: what each attack did before, does now, and may do
	@.venv-dev/bin/python -m tests.siege
	@RESTART_ROUNDS=3 .venv-dev/bin/pytest tests/servers/test_restarts.py

guards: venv-dev  ## take out each guard of time and money in turn, and see its test fail
	@.venv-dev/bin/python -m tools.guards

bench: venv-dev  ## how long booking, settling, comparing, a month of slots and 5,000 mails take
	@for each in booking front_door money month_of_slots outbox; do .venv-dev/bin/python bench/$$each.py || exit 1; done

screenshots: venv-dev  ## every page at 360, 390 and 1280 px, light and dark, into var/screenshots
	@SCREENSHOTS=var/screenshots .venv-dev/bin/pytest tests/browser/test_looks.py

venv:
	@$(PYTHON) tools/venv.py .venv requirements/runtime.txt

venv-dev:
	@$(PYTHON) tools/venv.py .venv-dev requirements/development.txt

lock:  ## lock the newest versions that pyproject.toml allows (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 --upgrade pyproject.toml -o requirements/runtime.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 --upgrade --group pyproject.toml:build -c requirements/runtime.txt -o requirements/build.txt
	uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 --upgrade pyproject.toml --group dev -c requirements/runtime.txt -o requirements/development.txt
