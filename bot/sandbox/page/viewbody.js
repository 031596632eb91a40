// The blocks of a modal or a Home tab, kept over updates: what is the same stays untouched; where a block
// changed, what a person typed, the caret and the focus move into the new one (same ids, same type).

import { renderBlock } from "./blocks.js";
import { el } from "./dom.js";
import { reconcile } from "./reconcile.js";

const FOCUSABLE = "input, textarea, button, a[href]";

export class ViewBody {
  /** `root` is filled; `scene` as in elements.js, without what this class adds. */
  constructor(root, scene) {
    Object.assign(this, { root, scene });
    this.rows = new Map(); // block_id → {json, node, fields}
    this.complaints = new Map(); // block_id → sentence, until a person changes something there
  }

  show(view) {
    const rows = new Map();
    const focus = this.#focus();
    for (const block of view.blocks) rows.set(block.block_id, this.#row(block, view.initial));
    this.rows = rows;
    reconcile(this.root, [...rows.values()].map(({ node }) => node));
    for (const [id, sentence] of this.complaints) this.complain(id, sentence);
    if (focus) this.#refocus(focus);
  }

  #row(block, initial) {
    const json = JSON.stringify(block);
    const old = this.rows.get(block.block_id);
    if (old?.json === json) return old;
    const fields = [];
    const scene = { ...this.scene, initial, onField: (field) => fields.push(field), onChange: (id) => this.complain(id, null) };
    const node = renderBlock(block, scene);
    for (const { element, control } of fields) {
      const before = old?.fields.find((field) => field.element.action_id === element.action_id && field.element.type === element.type);
      if (before) control.state = before.control.state;
    }
    return { json, node, fields };
  }

  /** Everything that holds a value, in order: {block, element, control}. */
  get fields() {
    return [...this.rows.values()].flatMap(({ fields }) => fields);
  }

  /** {block_id: {action_id: value}}, as the server takes it. */
  get values() {
    const values = {};
    for (const { block, element, control } of this.fields) {
      (values[block.block_id] ??= {})[element.action_id] = control.read();
    }
    return values;
  }

  /** Shows each sentence at its block, takes away every other, and goes to the first; false if none has a place. */
  blame(errors) {
    let first = null;
    for (const [id, { node }] of this.rows) {
      this.complain(id, errors[id] ?? null);
      if (errors[id]) first ??= node;
    }
    first?.scrollIntoView({ block: "nearest" });
    first?.querySelector(FOCUSABLE)?.focus({ preventScroll: true });
    return first !== null;
  }

  complain(id, sentence) {
    if (sentence) this.complaints.set(id, sentence);
    else this.complaints.delete(id);
    const row = this.rows.get(id);
    const owner = row?.fields.find(({ complain }) => complain);
    if (owner) return owner.complain(sentence);
    row?.node.querySelector(":scope > .field-problem")?.remove();
    if (sentence) row?.node.append(el("p", { class: "field-problem" }, sentence));
    return undefined;
  }

  #focus() {
    const { activeElement: node } = document;
    const row = this.root.contains(node) ? node.closest("[data-block]") : null;
    if (!row) return null;
    const at = [...row.querySelectorAll(FOCUSABLE)].indexOf(node);
    return { id: row.dataset.block, node, at, selection: [node.selectionStart, node.selectionEnd], top: node.scrollTop };
  }

  #refocus({ id, node, at, selection, top }) {
    if (document.activeElement === node) return;
    const now = this.rows.get(id)?.node.querySelectorAll(FOCUSABLE)[at];
    if (now?.tagName !== node.tagName) return;
    now.focus({ preventScroll: true });
    if (selection[0] !== null && now.setSelectionRange) now.setSelectionRange(...selection);
    now.scrollTop = top;
  }
}
