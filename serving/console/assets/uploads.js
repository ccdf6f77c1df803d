/* Says why a file that is too large is not taken, before it is read: chosen or dropped; names the field for readers. */
(function () {
  new MutationObserver(function () {
    document.querySelectorAll(".upload-block input[type=file]:not([aria-label])").forEach(function (field) {
      field.setAttribute("aria-label", field.closest(".upload-block").querySelector("button").textContent);
    });
  }).observe(document, { childList: true, subtree: true });
  function check(event, files) {
    const block = event.target.closest ? event.target.closest(".upload-block") : null;
    if (!block) return;
    const most = Number(block.dataset.mostBytes);
    const refused = Array.from(files || []).some(function (file) { return file.size > most; });
    block.querySelector(".upload-refused").textContent = refused ? block.dataset.tooLarge : "";
  }
  document.addEventListener("change", function (event) {
    if (event.target.type === "file") check(event, event.target.files);
  }, true);
  document.addEventListener("drop", function (event) {
    check(event, event.dataTransfer ? event.dataTransfer.files : []);
  }, true);
})();
