/**
 * Groups items that share a member, directly or through others: what must be done together. Items keep their order, in a group and among groups.
 */
export function connectedGroups<T, M>(items: readonly T[], members: (item: T) => readonly M[]): readonly (readonly T[])[] {
  const groups: { items: T[]; members: Set<M> }[] = [];
  for (const item of items) {
    const own = new Set(members(item));
    const [first, ...others] = groups.filter((group) => [...own].some((member) => group.members.has(member)));
    if (first === undefined) {
      groups.push({ items: [item], members: own });
      continue;
    }
    for (const other of others) {
      first.items.push(...other.items);
      other.members.forEach((member) => first.members.add(member));
      groups.splice(groups.indexOf(other), 1);
    }
    first.items.push(item);
    own.forEach((member) => first.members.add(member));
  }
  const position = new Map(items.map((item, at) => [item, at]));
  return groups.map((group) => group.items.sort((a, b) => position.get(a)! - position.get(b)!));
}
