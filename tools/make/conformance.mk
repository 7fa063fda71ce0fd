##@ Conformance

conformance := node tools/conformance/conformance.ts

.PHONY: run-conformance
run-conformance: setup ## Run the Gateway API's official suite against the installed gateway. Options: RUN, SKIP, SUITE, PROFILES, MODE, TIMEOUT, CLUSTER.
	@$(conformance) run

.PHONY: conformance
conformance: setup ## Create a local cluster, install the gateway, run the official suite, delete the cluster. Options: MODE, SUITE, CLUSTER.
	@$(conformance) whole
