
"use strict";
(() => {
  const form = document.getElementById("ask");
  const turns = document.getElementById("turns");
  if (form === null || turns === null || !window.fetch || !window.TextDecoder) return;

  const element = (tag, name, text) => {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text;
    return made;
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-copy]");
    if (link === null || !navigator.clipboard) return;
    event.preventDefault();
    try {
      const memo = await fetch(link.href);
      if (!memo.ok) throw new Error();
      await navigator.clipboard.writeText(await memo.text());
      link.textContent = "Copied";
    } catch {
      location.assign(link.href);
    }
  });

  document.getElementById("question").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  async function* events(answer) {
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let held = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      held += decoder.decode(value, { stream: true });
      let end;
      while ((end = held.indexOf("\n\n")) >= 0) {
        const [name, data] = held.slice(0, end).split("\n");
        held = held.slice(end + 2);
        yield [name.slice(7), JSON.parse(data.slice(6))];
      }
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.disabled) return;
    const fields = new URLSearchParams(new FormData(form));
    const turn = element("article", "turn card", "");
    const told = element("p", "answer", "");
    turn.append(element("h2", "asked", fields.get("question")), told);
    turns.append(turn);
    button.disabled = true;
    turn.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch("/chat/stream", { method: "POST", body: fields });
      if (!answer.ok) throw await answer.json();
      for await (const [name, data] of events(answer)) {
        if (name === "text") told.textContent += data.text;
        if (name === "problem") throw data;
        if (name === "turn") {
          const page = new DOMParser().parseFromString(data.html, "text/html");
          const made = document.adoptNode(page.body.firstElementChild);
          turn.replaceWith(made);
          made.scrollIntoView({ block: "nearest" });
          form.elements.session.value = data.session;
          history.replaceState(null, "", "/chat?session=" + data.session);
          form.elements.question.value = "";
          document.getElementById("ask-label").textContent = "Go on asking";
          document.getElementById("examples")?.remove();
        }
      }
    } catch (problem) {
      const said = [problem.title, problem.detail].filter(Boolean).join(": ");
      told.className = "fault";
      told.setAttribute("role", "alert");
      told.textContent = said || "The answer did not come. Ask again.";
    }
    turn.removeAttribute("aria-busy");
    button.disabled = false;
    form.elements.question.focus();
  });
})();
