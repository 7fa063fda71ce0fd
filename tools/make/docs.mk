##@ Docs

.PHONY: docs
docs: setup ## Write the reference of all kinds into docs/reference, from their schemas.
	@node tools/docs.ts
