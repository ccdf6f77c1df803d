/* The menu on narrow screens, the title of the document, and the colours of grids, which follow those of the page. */
(function () {
  const root = document.documentElement;
  function colours() {
    document.body.dataset.agThemeMode = root.dataset.mantineColorScheme === "dark" ? "dark" : "light";
  }
  new MutationObserver(colours).observe(root, { attributes: true, attributeFilter: ["data-mantine-color-scheme"] });
  document.addEventListener("DOMContentLoaded", colours);

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: {
      arrived: function () {
        setTimeout(function () {
          const title = document.getElementById("shell-title");
          if (title) document.title = title.textContent;
        }, 0);
        return "arrived";
      },
      menu: function (opened, navbar) {
        return Object.assign({}, navbar, { collapsed: { mobile: !opened } });
      },
    },
  });
})();
