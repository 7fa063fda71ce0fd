##@ Common

.PHONY: help
help: ## Show this text.
	@awk -f tools/make/help.awk $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install and generate what the project needs, into its folder; takes no time when nothing has changed.
	@tools/setup/setup.sh

.PHONY: quickstart
quickstart: setup ## Run a gateway with a real Envoy and an echo backend, and send a request through. Options: PORT, other ports.
	@exec node tools/quickstart/quickstart.ts

.PHONY: test
test: setup ## Check types and style, then run all tests; the last line is the count.
	@node tools/test/run.ts unit e2e

.PHONY: test-slow
test-slow: setup ## Run the slower suites: chaos, fuzz, and our validation against Kubernetes' own where Go is installed.
	@node tools/test/run.ts --no-checks slow judge

.PHONY: test-kube
test-kube: setup ## Run the guide and other tests in real clusters (Linux, root, Go; some minutes).
	@node tools/test/run.ts --no-checks kube

.PHONY: testdata
testdata: setup ## Write the golden test data anew, and show which files changed.
	@node tools/test/golden.ts

.PHONY: generate
generate: setup ## Generate code again where what it is made from has changed.

.PHONY: clean
clean: ## Remove what was built, generated and installed.
	@rm -rf bin coverage src/gen .tools .venv node_modules
