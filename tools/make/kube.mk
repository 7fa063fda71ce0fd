##@ Kubernetes

# Number of the local cluster, 0 to 9; several can stand side by side.
export CLUSTER ?= 0
# Name and tag of the controller's image. A cluster without a registry has no use for the tag `latest`, which is always pulled.
IMAGE ?= docker.io/envoyproxy/gateway-dev
TAG ?= $(shell git rev-parse --short=8 HEAD 2>/dev/null || echo dev)

cluster := node tools/cluster/cluster.ts

.PHONY: create-cluster
create-cluster: setup ## Create a local Kubernetes cluster (Linux, root). Options: CLUSTER.
	@$(cluster) up

.PHONY: delete-cluster
delete-cluster: setup ## Delete the local cluster; nothing of it is left on the machine. Options: CLUSTER.
	@$(cluster) down

.PHONY: cluster-programs
cluster-programs: setup ## Build what a local cluster runs, at the lowest priority: create-cluster does so too, this can be done early.
	@$(cluster) build

.PHONY: image
image: setup ## Write the images of the controller and of Envoy into bin/images, without a container engine. Options: IMAGE, TAG.
	@node tools/image/image.ts gateway envoy --name $(IMAGE):$(TAG)

.PHONY: kube-install-image
kube-install-image: setup ## Build both images and load them into the local cluster. Options: IMAGE, TAG, CLUSTER.
	@$(cluster) kubeconfig > /dev/null
	@node tools/image/image.ts gateway envoy --name $(IMAGE):$(TAG)
	@$(cluster) load bin/images/gateway.tar bin/images/envoy.tar
