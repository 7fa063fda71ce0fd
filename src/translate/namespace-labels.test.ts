import { expect, test } from "vitest";
import type { KubeObject } from "../api/object.ts";
import { put, route, translationWithGateway } from "./policies/testing/objects.ts";

const gateway = (selected: string): KubeObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: { name: "eg", namespace: "default" },
  spec: {
    gatewayClassName: "eg",
    listeners: [
      {
        name: "http",
        port: 8080,
        protocol: "HTTP",
        allowedRoutes: {
          namespaces: { from: "Selector", selector: { matchLabels: { "kubernetes.io/metadata.name": selected } } },
        },
      },
    ],
  },
});

const namespace = (name: string, labels: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels },
});

test.each([
  ["is its name, whether or not it is declared", "default", [], "True"],
  ["is its name beside labels of its own", "default", [namespace("default", { team: "a" })], "True"],
  [
    "is not what it calls itself",
    "trusted",
    [namespace("default", { "kubernetes.io/metadata.name": "trusted" })],
    "False",
  ],
])("the label with the name of a namespace %s", (_, selected, namespaces, accepted) => {
  const translation = translationWithGateway();
  put(translation, gateway(selected), route("r"), ...namespaces);
  translation.commit();
  const [parent] = translation.statuses.get("HTTPRoute/default/r")?.body.parents ?? [];
  expect(parent?.conditions.find(({ type }) => type === "Accepted")?.status).toBe(accepted);
});
