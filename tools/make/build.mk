##@ Build

# Binaries to build; each is src/cli/<name>.ts.
BINS ?= envoy-gateway egctl
# <os>_<arch>; the machine's own unless given.
PLATFORM ?=
PLATFORMS ?= linux_amd64 linux_arm64

.PHONY: build
build: setup ## Build self-contained executables into bin/$OS/$ARCH. Options: BINS, PLATFORM.
	@node tools/build/build.ts $(BINS) $(if $(PLATFORM),--platform $(PLATFORM))

.PHONY: build-multiarch
build-multiarch: setup ## Build executables for several platforms. Options: BINS, PLATFORMS.
	@for platform in $(PLATFORMS); do node tools/build/build.ts $(BINS) --platform $$platform; done
