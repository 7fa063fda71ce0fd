##@ Bench

.PHONY: bench
bench: setup ## Measure how fast changes are served and what they cost, as a table and as JSON.
	@node bench/bench.ts
