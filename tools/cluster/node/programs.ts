/** The node's programs with their arguments, in the order in which they start. */
import { join } from "node:path";
import type { ClusterAddresses } from "../addresses.ts";
import type { ClusterFiles } from "../paths.ts";
import { nodeName } from "./settings.ts";

export interface Program {
  readonly name: string;
  readonly args: readonly string[];
}

/** `first` need nothing; `controllers` need an API server that is ready (their roles exist only then); `workers` need images, too. */
export interface NodePrograms {
  readonly first: readonly Program[];
  readonly controllers: readonly Program[];
  readonly workers: readonly Program[];
}

export function nodePrograms(addresses: ClusterAddresses, files: ClusterFiles): NodePrograms {
  const { folder, pki } = files;
  const certificate = (name: string): string => join(pki, name);
  const config = (name: string): string => join(folder, `${name}.kubeconfig`);
  return {
    first: [
      { name: "etcd", args: etcdArguments(folder) },
      { name: "kube-apiserver", args: apiServerArguments(addresses, certificate) },
      { name: "containerd", args: flags({ config: join(folder, "containerd.toml") }) },
    ],
    controllers: [
      { name: "kube-controller-manager", args: controllerManagerArguments(certificate, config("controller-manager")) },
      { name: "kube-scheduler", args: flags({ kubeconfig: config("scheduler"), "leader-elect": "false" }) },
    ],
    workers: [
      {
        name: "kubelet",
        args: flags({
          config: join(folder, "kubelet.yaml"),
          kubeconfig: config("kubelet"),
          "hostname-override": nodeName,
          "node-ip": addresses.node,
          "root-dir": "/var/lib/kubelet",
        }),
      },
      { name: "kube-proxy", args: flags({ config: join(folder, "proxy.yaml") }) },
    ],
  };
}

/** The loopback interface is the node's own, so that fixed ports never clash. Data that is lost with the machine is no loss. */
function etcdArguments(folder: string): string[] {
  return flags({
    "data-dir": join(folder, "etcd"),
    "unsafe-no-fsync": "true",
    "listen-client-urls": "http://127.0.0.1:2379",
    "advertise-client-urls": "http://127.0.0.1:2379",
    "listen-peer-urls": "http://127.0.0.1:2380",
  });
}

function apiServerArguments({ node, services }: ClusterAddresses, certificate: (name: string) => string): string[] {
  return flags({
    "etcd-servers": "http://127.0.0.1:2379",
    "advertise-address": node,
    "secure-port": "6443",
    "service-cluster-ip-range": services,
    "client-ca-file": certificate("ca.crt"),
    "tls-cert-file": certificate("apiserver.crt"),
    "tls-private-key-file": certificate("apiserver.key"),
    "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
    "service-account-signing-key-file": certificate("service-accounts.key"),
    "service-account-key-file": certificate("service-accounts.pub"),
    "kubelet-client-certificate": certificate("kubelet-client.crt"),
    "kubelet-client-key": certificate("kubelet-client.key"),
    "kubelet-certificate-authority": certificate("ca.crt"),
    "kubelet-preferred-address-types": "InternalIP",
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "allow-privileged": "true",
  });
}

function controllerManagerArguments(certificate: (name: string) => string, kubeconfig: string): string[] {
  return flags({
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    "service-account-private-key-file": certificate("service-accounts.key"),
    "root-ca-file": certificate("ca.crt"),
    "cluster-signing-cert-file": certificate("ca.crt"),
    "cluster-signing-key-file": certificate("ca.key"),
    "use-service-account-credentials": "true",
    "leader-elect": "false",
  });
}

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
