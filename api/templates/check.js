"use strict";
(() => {
  const form = document.getElementById("check");
  const told = document.getElementById("evidence-told");
  const text = document.getElementById("manifest");
  const file = document.getElementById("manifest_file");
  const evidence = document.getElementById("evidence");
  if (form === null || !window.DataTransfer) return;

  const size = (bytes) =>
    bytes < 1024 ? bytes + " bytes" : bytes < 1048576 ? Math.round(bytes / 1024) + " KiB" : (bytes / 1048576).toFixed(1) + " MiB";

  const list = () => {
    told.replaceChildren(
      ...[...evidence.files].map((one) => {
        const line = document.createElement("li");
        line.textContent = one.name + ", " + size(one.size);
        return line;
      }),
    );
  };
  evidence.addEventListener("change", list);

  const given = (event) => [...event.dataTransfer.types].includes("Files");
  // A file that misses a place would else be opened by the browser, and what was typed would be gone.
  for (const kind of ["dragover", "drop"]) {
    window.addEventListener(kind, (event) => {
      if (given(event)) event.preventDefault();
    });
  }
  for (const zone of form.querySelectorAll("[data-drop]")) {
    zone.addEventListener("dragover", (event) => zone.classList.toggle("over", given(event)));
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      zone.classList.remove("over");
      if (!given(event)) return;
      const held = new DataTransfer();
      if (zone.dataset.drop === "evidence") {
        for (const one of [...evidence.files, ...event.dataTransfer.files]) held.items.add(one);
        evidence.files = held.files;
        list();
      } else if (event.dataTransfer.files.length > 0) {
        held.items.add(event.dataTransfer.files[0]);
        file.files = held.files;
        text.value = "";
      }
    });
  }
  file.addEventListener("change", () => {
    if (file.files.length > 0) text.value = "";
  });
  form.addEventListener("submit", () => {
    document.getElementById("sending").textContent = "Sending and deciding …";
  });
})();
