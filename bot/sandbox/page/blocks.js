// Block Kit, as nodes. Nothing is loaded from elsewhere: an image of another server is its description and a link.
// `scene` says what the interactive elements do, see elements.js; a message, a modal, a Home tab bring their own.

import { chart, dataTable } from "./charts.js";
import { el, link } from "./dom.js";
import { interactive } from "./elements.js";
import { fileId, picture } from "./files.js";
import { icon } from "./icons.js";
import { inputBlock } from "./input.js";
import { markdown } from "./markdown.js";
import { emojiText, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/** Every block in order; one that this page cannot show says so in its place. */
export function renderBlocks(blocks, scene) {
  return blocks.map((block) => renderBlock(block, scene));
}

export function renderBlock(block, scene) {
  const render = BLOCKS[block.type];
  const children = render ? render(block, scene) : unknown(block.type);
  return el("div", { class: `block block-${render ? block.type : "unknown"}`, "data-block": block.block_id }, children);
}

const BLOCKS = {
  section(block, scene) {
    const text = el("div", { class: "section-text" }, textObject(block.text, scene.reader));
    const fields = (block.fields ?? []).map((field) => el("div", {}, textObject(field, scene.reader)));
    return [
      el("div", { class: "section-main" }, block.text && text, fields.length > 0 && el("div", { class: "fields" }, fields)),
      block.accessory && el("div", { class: "accessory" }, anyElement(block.accessory, block, scene)),
    ];
  },
  header: (block) => el("div", { role: "heading", "aria-level": 3, class: "heading heading-1" }, emojiText(block.text?.text ?? "")),
  context: (block, scene) => (block.elements ?? []).map((element) => el("span", {}, anyElement(element, block, scene))),
  divider: () => el("hr"),
  alert: (block, scene) => el("div", { role: "note", class: `alert alert-${block.level ?? "default"}` }, textObject(block.text, scene.reader)),
  actions: (block, scene) => (block.elements ?? []).map((element) => anyElement(element, block, scene)),
  context_actions: (block, scene) =>
    (block.elements ?? [])
      .filter(({ visible_to_user_ids: only }) => !only || only.includes(scene.reader?.me))
      .map((element) => anyElement(element, block, scene)),
  input: (block, scene) => inputBlock(block, scene) ?? unknown(block.element?.type),
  image: (block, { reader }) => [
    block.title && el("div", { class: "image-title" }, textObject(block.title, reader)),
    image(block),
  ],
  rich_text: (block, { reader }) => richText(block.elements, reader),
  markdown: (block, { reader }) => markdown(block.text ?? "", reader),
  table: (block, { reader }) => table(block, reader),
  data_table: (block, { reader }) => dataTable(block, reader),
  data_visualization: (block) => chart(block),
};

function anyElement(element, block, scene) {
  if (element.type === "mrkdwn" || element.type === "plain_text") return textObject(element, scene.reader);
  if (element.type === "image") return image(element);
  return interactive(element, block, scene) ?? unknown(element.type);
}

function image({ alt_text: alt, image_url: url, slack_file: file }) {
  const words = alt || "image";
  if (file && fileId(file)) return picture(fileId(file), words);
  return el("span", { class: "image", title: "Images are not loaded in the sandbox" }, icon("image"), " ", url ? link(url, words) : words);
}

function unknown(type) {
  return el("em", { class: "unknown" }, `(“${type}” is not shown in this sandbox)`);
}

function table(block, reader) {
  const settings = block.column_settings ?? [];
  const rows = (block.rows ?? []).map((row, index) =>
    el(
      "tr",
      {},
      row.map((cell, column) => el(index ? "td" : "th", { class: `align-${settings[column]?.align ?? "left"}` }, cellNodes(cell, reader))),
    ),
  );
  return el("div", { class: "table", role: "region", tabindex: 0, "aria-label": "Table" }, el("table", {}, rows));
}

function cellNodes(cell, reader) {
  if (cell.type === "rich_text") return richText(cell.elements, reader);
  return cell.text ?? String(cell.value ?? "");
}
