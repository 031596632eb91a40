// The page's own signs, drawn here because not every machine has a font for 🔒 or 👁.

const PATHS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  eye: "M2 12s4-6.5 10-6.5S22 12 22 12s-4 6.5-10 6.5S2 12 2 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  reply: "M4 5h16v11H11l-5 4v-4H4z",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 8.5v.01",
  clip: "M20.5 11.5l-8.7 8.7a5.5 5.5 0 0 1-7.8-7.8l8.7-8.7a3.7 3.7 0 0 1 5.2 5.2l-8.7 8.7a1.8 1.8 0 0 1-2.6-2.6l8-8",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  send: "M4 12 20 4l-5 16-3.5-6.5zM11.5 13.5 20 4",
  menu: "M4 6h16M4 12h16M4 18h16",
  more: "M5 12v.01M12 12v.01M19 12v.01",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  check: "M5 13l4 4L19 7",
  down: "M6 9l6 6 6-6",
  back: "M15 5l-7 7 7 7",
  bolt: "M13 3 5 14h6l-1 7 9-12h-7z",
  "up-thumb": "M7 11v9H4v-9zM7 11l4-8c2 0 2.5 1.5 2 3.5L12.5 10H19c1.5 0 2 1 1.700 2.200l-1.5 6c-.3 1.200-1 1.800-2.200 1.800H7",
  "down-thumb": "M7 13V4H4v9zM7 13l4 8c2 0 2.5-1.5 2-3.5L12.5 14H19c1.5 0 2-1 1.700-2.200l-1.5-6C18.900 4.600 18.200 4 17 4H7",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
};

const SVG = "http://www.w3.org/2000/svg";

/** A drawing beside words that say the same, so hidden from those who listen. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [key, value] of Object.entries({ class: `icon icon-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
