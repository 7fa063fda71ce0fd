##@ Bench

# Continuous integration measures less, so that it is through in six minutes. What is given on the command line or in the
# environment goes before; bench/README.md says what each option means and its value elsewhere.
ifeq ($(CI),true)
bench: export ROUTES ?= 10,1000
bench: export REPS ?= 6
bench: export STARTS ?= 1
bench: export ROUND_SECONDS ?= 2
bench: export LISTENERS ?= 200
bench: export LISTENER_SETS ?= 50x16
endif

.PHONY: bench
bench: setup ## Measure how fast changes are served and what they cost. Options: ROUTES, PHASES, REPS, OUT and others (bench/README.md).
	@node bench/bench.ts

# A cluster of its own, unless one is named: what others do in a cluster would be measured, too.
bench-kube: export CLUSTER := $(if $(filter command environment,$(origin CLUSTER)),$(CLUSTER),7)

.PHONY: bench-kube
bench-kube: setup ## Measure the same in a local Kubernetes cluster (Linux, root). Options: CLUSTER, ROUTES, REPS, OUT, ORIGINAL (bench/kube/README.md).
	@node bench/kube/bench.ts
