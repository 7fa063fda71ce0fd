//go:build tools

// Package conformance names what the test program is built from, so that go.mod lists it; nothing of it is compiled.
package conformance

import (
	_ "sigs.k8s.io/gateway-api-conformance-images/echo-basic/grpc"
	_ "sigs.k8s.io/gateway-api/conformance"
)
