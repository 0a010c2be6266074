# make install: .venv from the locked set; make demo: the main job on a built-in night; make console: that night in the
# console; make test: the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: install demo console test lint lock fresh-kernels clean
install: $(STAMP)

# uv where it is present, else venv and pip: requirements.lock pins the same versions for both
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "surveil needs Python 3.11 or newer; set PYTHON=")'
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --allow-existing --python $(PYTHON) $(VENV) && \
	  uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install -q --python $(BIN)/python --no-deps -e . ; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install -q --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install -q --no-deps -e . ; \
	fi
	$(BIN)/python -m surveil.warm
	@touch $@

demo: install
	$(BIN)/surveil demo --out demo-out

# the same night in the console, at http://127.0.0.1:8080/, until Ctrl-C
console: install
	$(BIN)/surveil demo --out demo-out --console

test: install
	$(BIN)/python -m pytest -n auto

lint: install
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

# needs uv; keeps the versions of both ways of installing the same
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group dev --extra scale pyproject.toml -o requirements.lock

fresh-kernels:
	rm -rf surveil/kernels/__pycache__

clean:
	rm -rf $(VENV) demo-out dist build
