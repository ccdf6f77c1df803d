/* The list of firms asks for its rows anew when the filter changes. */
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  firms: {
    refresh: function () {
      try {
        const grid = window.dash_ag_grid.getApi("firms-grid");
        grid.paginationGoToFirstPage();
        grid.purgeInfiniteCache();
      } catch (absent) {
        // A grid that is still being made asks for its first rows by itself.
      }
      return window.dash_clientside.no_update;
    },
  },
});
