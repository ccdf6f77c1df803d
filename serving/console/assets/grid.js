/* How grids show figures, days and links. Texts of data become text nodes, never HTML. */
(function () {
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const zh = function () { return root().startsWith("zh"); };
  const root = function () { return document.documentElement.lang || "zh-CN"; };

  functions.figure = function (params, kind, decimals) {
    const value = params.value;
    if (value === null || value === undefined || value === "") return "–";
    if (kind === "share") return (value * 100).toLocaleString(root(), { maximumFractionDigits: decimals || 1 }) + "%";
    const most = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return Number(value).toLocaleString(root(), most);
  };
  functions.day = function (params) {
    const value = params.value;
    if (!value) return "–";
    const day = new Date(String(value).slice(0, 10) + "T00:00:00");
    if (isNaN(day)) return String(value);
    return day.toLocaleDateString(zh() ? "zh-CN" : "en-GB", { year: "numeric", month: zh() ? "long" : "short", day: "numeric" }).replace("Sept", "Sep");
  };

  /* What a cell shows, in full: read where the column is too narrow for it. */
  functions.wholeText = function (params) {
    return params.valueFormatted === null || params.valueFormatted === undefined ? params.value : params.valueFormatted;
  };

  /* The keyboard moves from cell to cell; Enter follows the link of the cell that it is at. */
  functions.followLink = function (params) {
    const link = params.event.key === "Enter" && params.event.target.querySelector("a[href]");
    if (link) link.click();
  };

  /* Words of a cell that may be in another language than the page. */
  components.CellWords = function (props) {
    const words = props.value === null || props.value === undefined ? "" : String(props.value);
    const lang = props.data ? props.data[props.lang] : "";
    return lang ? window.React.createElement("span", { lang: lang }, words) : words;
  };

  components.CellLink = function (props) {
    const words = props.value === null || props.value === undefined ? "" : String(props.value);
    const href = props.data ? props.data[props.link] : null;
    if (!href || !String(href).startsWith("/console/")) return words;
    return window.React.createElement("a", { href: href }, words);
  };
})();
