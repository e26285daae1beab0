# What the Makefiles of layers, and of the authorizer, share. Run by `sam build` (BuildMethod: makefile, in source); ARTIFACTS_DIR is the
# layer's root, /opt on Lambda. Wheels are chosen for Lambda's own platform, so neither its interpreter nor its
# processor is needed here. Both are the template's defaults unless `make build` was told otherwise.
default = $(shell sed -n '/^  $(1):/,/Default:/s/.*Default: //p' ../../template.yaml)
RUNTIME := $(or $(BUILD_RUNTIME),$(call default,Runtime))
ARCHITECTURE := $(or $(BUILD_ARCHITECTURE),$(call default,Architecture))
VERSION := $(RUNTIME:python%=%)

LOCK := ../../requirements/runtime.lock
UV := $(or $(wildcard ../../.venv-uv/bin/uv),$(shell command -v uv))
WHEELS = $(if $(UV),$(UV),$(error needs uv: run "make build", or put uv on PATH)) pip install --quiet --no-deps \
	--require-hashes --only-binary :all: --python-version $(VERSION) --link-mode copy --no-compile-bytecode \
	--python-platform $(ARCHITECTURE:arm64=aarch64)-manylinux_2_28 --target "$(ARTIFACTS_DIR)/python"
FINISH = python3 ../../layers/finish.py "$(ARTIFACTS_DIR)" --python-version $(VERSION)

# The rows of the lock for the condition engine, or all the others: a row starts where a line is not indented.
ENGINE := cel-expr-python
ENGINE_ROWS := awk '/^[^ \#]/ {found = /^$(ENGINE)==/} found' $(LOCK)
OTHER_ROWS := awk '/^[^ \#]/ {found = !/^$(ENGINE)==/} found' $(LOCK)
