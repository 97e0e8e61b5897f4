"use strict";
(() => {
  const told = document.getElementById("far");
  const bar = document.querySelector("progress");
  if (told === null || bar === null || !window.EventSource) return;
  const events = new EventSource("/v1/jobs/" + told.dataset.job + "/events");
  events.addEventListener("progress", (event) => {
    const job = JSON.parse(event.data);
    const number = (n) => n.toLocaleString("en");
    told.textContent = job.state === "waiting" ? "It waits." : number(job.done) + " of " + number(job.of) + " " + told.dataset.counts + ".";
    if (job.of > 1) {
      bar.max = job.of;
      bar.value = job.done;
    }
  });
  for (const end of ["done", "failed"]) {
    events.addEventListener(end, () => {
      events.close();
      location.reload();
    });
  }
})();
