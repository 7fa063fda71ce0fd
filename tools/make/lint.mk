##@ Lint

.PHONY: lint
lint: setup ## Run all checkers: types, language, import layers, YAML, white space, spelling, shell, generated code.
	@node tools/lint/lint.ts

.PHONY: format
format: setup ## Format the sources and mend what can be mended without asking.
	@biome check --write --max-diagnostics=50
