/* The menu on narrow screens, the title of the document, and the colours of grids, which follow those of the page. */
(function () {
  const root = document.documentElement;
  function colours() {
    document.body.dataset.agThemeMode = root.dataset.mantineColorScheme === "dark" ? "dark" : "light";
  }
  /* The entry of the page that is open, where the menu is longer than the screen. */
  function showCurrent() {
    const entry = document.querySelector('.menu-link[aria-current="page"]');
    const around = entry && entry.closest(".mantine-ScrollArea-viewport");
    if (!around) return;
    const own = entry.getBoundingClientRect(), whole = around.getBoundingClientRect();
    if (own.top < whole.top || own.bottom > whole.bottom) around.scrollTop += own.top - whole.top - whole.height / 2;
  }
  new MutationObserver(colours).observe(root, { attributes: true, attributeFilter: ["data-mantine-color-scheme"] });
  document.addEventListener("DOMContentLoaded", colours);

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: {
      arrived: function () {
        setTimeout(function () {
          const title = document.getElementById("shell-title");
          if (title) document.title = title.textContent;
          showCurrent();
        }, 0);
        return "arrived";
      },
      menu: function (opened, navbar) {
        return Object.assign({}, navbar, { collapsed: { mobile: !opened } });
      },
    },
  });
})();
