# Prints the help text from the make files: groups are lines that start with "##@", targets carry their text after "## ".
BEGIN {
  FS = ":.*## "
  print "Envoy Gateway runs and configures Envoy Proxy from Gateway API objects, standalone or in Kubernetes."
  print ""
  print "Usage:"
  print "  make <Target> <Option>"
  print ""
  print "Targets:"
}
/^##@ / { printf "\n%s\n", substr($0, 5) }
/^[a-zA-Z0-9_-]+:.*## / { printf "  %-18s %s\n", $1, $2 }
END {
  print ""
  print "Options:"
  print "  BINS        Binaries to build. Default: all of them."
  print "              Example: make build BINS=\"envoy-gateway egctl\""
  print "  PORT        Port on which the quickstart takes requests. Default: 8888."
  print "              Example: make quickstart PORT=9999"
  print "              Its other ports: BACKEND_PORT, XDS_PORT, ADMIN_PORT, METRICS_PORT, HEALTH_PORT."
  print "  STATE_DIR   Folder in which the quickstart keeps what it writes. Default: .run."
  print "  PLATFORM    Platform to build for, as <os>_<arch>. Default: the machine's own."
  print "              Example: make build PLATFORM=linux_arm64"
  print "  PLATFORMS   Platforms to build for. Default: linux_amd64 linux_arm64."
  print "              Example: make build-multiarch PLATFORMS=\"linux_amd64 linux_arm64\""
}
