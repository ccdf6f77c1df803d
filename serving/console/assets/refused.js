/* What the service answers to a press that it refuses as a whole, as where the session has ended: its words above the
   page, the last line as the way to the sign-in form. Dash itself says nothing of it. They go with the next answer. */
(function () {
  const CALL = "_dash-update-component";
  const plain = window.fetch.bind(window);
  function shown(lines, href) {
    gone();
    const box = document.createElement("div");
    box.id = "call-refused";
    box.className = "call-refused";
    box.setAttribute("role", "alert");
    lines.forEach(function (line, at) {
      const last = href && at === lines.length - 1;
      const part = document.createElement(last ? "a" : "p");
      if (last) part.href = href;
      part.textContent = line;
      box.append(part);
    });
    document.body.append(box);
  }
  function gone() {
    const box = document.getElementById("call-refused");
    if (box) box.remove();
  }
  function lines(text) {
    try {
      const problem = JSON.parse(text);
      const zh = document.documentElement.lang.startsWith("zh");
      return zh ? [problem.title_zh, problem.detail_zh] : [problem.title, problem.detail];
    } catch (fault) {
      return text.split("\n");
    }
  }
  function signIn() {
    return "/console/sign-in?next=" + encodeURIComponent(window.location.pathname + window.location.search);
  }
  window.fetch = async function (where, given) {
    const called = String(where && where.url ? where.url : where).includes(CALL);
    if (!called) return plain(where, given);
    let answer;
    try {
      answer = await plain(where, given);
    } catch (fault) {
      const outline = document.querySelector("[data-unreachable]");
      if (outline) shown([outline.dataset.unreachable]);
      return new Response("", { status: 503 }); // without one, Dash leaves the button waiting for ever
    }
    if (answer.ok) gone();
    else {
      const said = lines(await answer.clone().text()).filter(function (line) { return line && line.trim(); });
      shown(said, answer.status === 401 ? signIn() : null);
    }
    return answer;
  };
})();
