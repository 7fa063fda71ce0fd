/** How a specific policy is put on top of a general one. Absent in a policy: it takes the other's place. */
export type MergeStrategy = "StrategicMerge" | "JSONMerge";
