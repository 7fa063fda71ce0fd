/**
 * Splits what was refused together into two groups to be tried one after the other. Members that Envoy's message
 * names go into the second group, so that the others are served first; else the group is halved.
 *
 * @param members at least two
 * @param nameOf what a message would call a member
 */
export function split<T>(members: readonly T[], message: string, nameOf: (member: T) => string): [T[], T[]] {
  const named: T[] = [];
  const others: T[] = [];
  for (const member of members) (isNamed(message, nameOf(member)) ? named : others).push(member);
  if (named.length > 0 && others.length > 0) return [others, named];
  const middle = members.length >> 1;
  return [members.slice(0, middle), members.slice(middle)];
}

function isNamed(message: string, name: string): boolean {
  return name !== "" && message.includes(name);
}
