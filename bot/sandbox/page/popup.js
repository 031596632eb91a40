// Where a list that floats above the page stands: at its anchor, on the side with more room. Being in the
// browser's top layer it is never cut off, and nothing moves when it opens.

const MARGIN_PX = 8;
const GAP_PX = 4;
const COMFORT_PX = 260;

/** Puts `popup` (an element with `popover`) at `anchor`; may be called before it is shown, and again. */
export function placeAt(popup, anchor) {
  const box = anchor.getBoundingClientRect();
  const { clientWidth: width, clientHeight: height } = document.documentElement;
  const [above, below] = [box.top, height - box.bottom].map((room) => room - GAP_PX - MARGIN_PX);
  const up = below < COMFORT_PX && above > below;
  const right = box.left + box.width / 2 > width / 2;
  const sides = {
    top: up ? "auto" : `${box.bottom + GAP_PX}px`,
    bottom: up ? `${height - box.top + GAP_PX}px` : "auto",
    left: right ? "auto" : `${Math.max(box.left, MARGIN_PX)}px`,
    right: right ? `${Math.max(width - box.right, MARGIN_PX)}px` : "auto",
    maxHeight: `${Math.min(up ? above : below, 420)}px`,
    maxWidth: `${(right ? box.right : width - box.left) - MARGIN_PX}px`,
  };
  Object.assign(popup.style, sides);
}

/** Keeps `popup` at `anchor` while the page scrolls under it; stops when the returned function is called. */
export function keepAt(popup, anchor) {
  const again = () => placeAt(popup, anchor);
  const scrolled = ({ target }) => !popup.contains(target) && again();
  addEventListener("scroll", scrolled, { capture: true, passive: true });
  addEventListener("resize", again);
  return () => {
    removeEventListener("scroll", scrolled, { capture: true });
    removeEventListener("resize", again);
  };
}
