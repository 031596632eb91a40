// Puts nodes in place without touching those that are there already, so that focus and scrolling survive.

/** Makes `nodes` the children of `parent`, moving nothing that is in its place already. */
export function reconcile(parent, nodes) {
  const keep = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!keep.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
}
