/* Visible texts of a page with the language that they are marked with, and what the layout does to them. */
() => {
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 2 && box.height > 2 && box.right > 0
      && element.checkVisibility({opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true});
  };
  const named = (element) => {
    const parts = [];
    for (let one = element; one && one !== document.body && parts.length < 4; one = one.parentElement) {
      const kind = typeof one.className === "string" ? one.className.split(" ").filter(Boolean).slice(0, 2).join(".") : "";
      parts.unshift(one.tagName.toLowerCase() + (one.id ? "#" + one.id : kind ? "." + kind : ""));
      if (one.id) break;
    }
    return parts.join(" > ");
  };
  const page = document.documentElement, width = page.clientWidth;
  const scrolls = (element) => {
    for (let one = element; one && one !== document.body; one = one.parentElement)
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(one).overflowX)) return true;
    return false;
  };
  const texts = [], cut = [], leaves = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), parent = walk.currentNode.parentElement;
    if (!text || ["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE"].includes(parent.tagName) || !seen(parent)) continue;
    const marked = parent.closest("[lang]");
    texts.push({text, lang: marked ? marked.lang : "", of: named(parent), grid: !!parent.closest(".ag-cell, .who")});
    const range = document.createRange();
    range.selectNodeContents(walk.currentNode);
    leaves.push({boxes: [...range.getClientRects()].slice(0, 20), parent, text});
  }
  for (const element of document.body.querySelectorAll("*")) {
    if (!seen(element) || element.closest("svg") || !element.textContent.trim()) continue;
    const style = getComputedStyle(element);
    const direct = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!direct) continue;
    const hides = ["hidden", "clip"].includes(style.overflowX) || style.textOverflow === "ellipsis";
    const wide = element.scrollWidth > element.clientWidth + 1, high = element.scrollHeight > element.clientHeight + 3;
    if (hides && (wide || (high && style.overflowY === "hidden")) && style.position !== "absolute" && element.clientWidth > 2)
      cut.push({text: element.textContent.trim().slice(0, 80), of: named(element), grid: !!element.closest(".ag-root-wrapper")});
  }
  for (const text of document.querySelectorAll("svg text")) {
    const box = text.getBoundingClientRect(), picture = text.closest("svg.main-svg, svg").getBoundingClientRect();
    if (box.width > 0 && picture.width > 30 && seen(text)
        && (box.left < picture.left - 2 || box.right > picture.right + 2 || box.bottom > picture.bottom + 2))
      cut.push({text: text.textContent.trim().slice(0, 80), of: named(text), grid: false});
  }
  const beyond = [];
  if (page.scrollWidth > width + 1)
    for (const element of document.body.querySelectorAll("*")) {
      const box = element.getBoundingClientRect();
      if (box.right > width + 1 && box.width > 0 && !scrolls(element.parentElement)) beyond.push(named(element));
    }
  const overlaps = [];
  let over = 0;
  const fixed = (element) => {
    for (let one = element; one && one !== document.body; one = one.parentElement)
      if (["fixed", "sticky"].includes(getComputedStyle(one).position)) return true;
    return false;
  };
  // The box around a slanting label is larger than its letters.
  const slants = (element) => /rotate\((?!0[,)])/.test(element.closest("text")?.getAttribute("transform") || "");
  const flow = leaves.filter((leaf) => !leaf.parent.closest(".ag-root-wrapper") && !fixed(leaf.parent) && !slants(leaf.parent)).slice(0, 600);
  for (let i = 0; i < flow.length; i++)
    for (let j = i + 1; j < flow.length; j++) {
      if (flow[i].parent === flow[j].parent || over >= 40) continue;
      const meets = flow[i].boxes.some((a) => flow[j].boxes.some((b) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5));
      if (meets && ++over)
        overlaps.push({first: flow[i].text.slice(0, 40), second: flow[j].text.slice(0, 40), of: named(flow[j].parent)});
    }
  return {
    lang: page.lang, width, scroll_width: page.scrollWidth, height: page.scrollHeight, texts, cut,
    beyond: [...new Set(beyond)].slice(0, 8), overlaps: overlaps.slice(0, 12),
    headings: [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(seen).map((one) => [Number(one.tagName[1]), one.textContent.trim()]),
  };
}
