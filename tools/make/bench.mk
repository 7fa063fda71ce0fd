##@ Bench

.PHONY: bench
bench: setup ## Measure how fast changes are served and what they cost. Options: ROUTES, PHASES, REPS, OUT and others (bench/README.md).
	@node bench/bench.ts
