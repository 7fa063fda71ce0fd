# Envoy Gateway: everything that builds, tests and runs the project starts here. `make help` lists the targets.
# The parts stand in tools/make, one file a group.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

ifeq ($(filter 4.% 5.%,$(MAKE_VERSION)),)
$(error GNU make 4.0 or newer is needed; this is $(MAKE_VERSION))
endif

# Tools of the project come first: `node` in a recipe is the pinned one.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

include tools/make/common.mk
include tools/make/build.mk
include tools/make/kube.mk
include tools/make/install.mk
include tools/make/conformance.mk
include tools/make/lint.mk
include tools/make/docs.mk
include tools/make/bench.mk
