##@ Installation

# kubectl of the local cluster, unless the machine has one.
KUBECTL ?= $(or $(shell command -v kubectl),.tools/cluster/bin/kubectl)
IMAGE_PULL_POLICY ?= IfNotPresent
export IMAGE TAG IMAGE_PULL_POLICY

chart := node tools/chart/chart.ts
demo := examples/kubernetes/quickstart.yaml

.PHONY: helm-package
helm-package: setup ## Package the chart into bin/charts, with all CRDs. Options: CHART_VERSION, TAG.
	@$(chart) package

.PHONY: install-manifest
install-manifest: setup ## Write release/install.yaml and release/quickstart.yaml. Options: IMAGE, TAG.
	@$(chart) manifest

.PHONY: generate-manifests
generate-manifests: install-manifest ## The same as install-manifest.

.PHONY: kube-deploy
kube-deploy: setup ## Install the chart in the cluster of the current context. Options: IMAGE, TAG, IMAGE_PULL_POLICY, HELM_ARGS.
	@$(chart) deploy

.PHONY: kube-undeploy
kube-undeploy: setup ## Remove what kube-deploy installed; CRDs stay.
	@$(chart) undeploy

.PHONY: kube-demo
kube-demo: ## Apply the quickstart's objects, wait until the Gateway serves, and say how to send a request.
	@$(KUBECTL) apply -n default -f $(demo)
	@$(KUBECTL) wait -n default --timeout=5m --for=condition=Programmed gateway/eg
	@service=$$($(KUBECTL) get service -n envoy-gateway-system -o jsonpath='{.items[0].metadata.name}' \
	  --selector=gateway.envoyproxy.io/owning-gateway-namespace=default,gateway.envoyproxy.io/owning-gateway-name=eg); \
	printf '\nkubectl -n envoy-gateway-system port-forward service/%s 8888:80 &\n' "$$service"; \
	printf 'curl --verbose --header "Host: www.example.com" http://localhost:8888/get\n'

.PHONY: kube-demo-undeploy
kube-demo-undeploy: ## Delete the quickstart's objects.
	@$(KUBECTL) delete -n default -f $(demo) --ignore-not-found=true
