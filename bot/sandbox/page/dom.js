// The only place where the page makes elements: data becomes text nodes and checked links, never markup.

const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:"]);

/** An element; attributes that are false, null or undefined are left out, `on…` functions become listeners. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An element of a drawing. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children.flat());
  return node;
}

/** `url` if a link may carry it, else null. */
export function safeUrl(url) {
  try {
    const parsed = new URL(String(url).trim());
    return SAFE_SCHEMES.has(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

/** A link around `children`; where the address is not one to follow, the children alone. */
export function link(url, ...children) {
  const href = safeUrl(url);
  if (href === null) return el("span", { class: "dead-link" }, ...children);
  return el("a", { href, rel: "noopener noreferrer", target: "_blank", title: href }, ...children);
}
