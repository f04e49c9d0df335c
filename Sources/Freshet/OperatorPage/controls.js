// What an administrator does.

$("pause").addEventListener("click", async () => {
  const text = "Nobody is told anything on any replica until somebody resumes. Then each stream is told what it missed.";
  if (!(await agreed("Pause all deliveries?", text, "Pause"))) return;
  const status = await act($("pause"), () => post("/pause"));
  if (!status) return;
  $("pause").focus();
  obey(status);
});

$("resume").addEventListener("click", async () => {
  const status = await act($("resume"), () => post("/resume"));
  if (!status) return;
  $("resume").focus();
  obey(status);
});

$("disable").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = $("disable-tag");
  act(event.submitter ?? event.target.lastElementChild, async () => {
    obey(await post("/tags/disable", { tags: [wire(input.value.trim())] }));
    input.value = "";
    input.focus();
  });
});

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const [tag, scope] = [$("ask-tag").value.trim(), $("ask-scope").value.trim()];
  const query = new URLSearchParams({ tag, scope });
  $("answer").replaceChildren();
  act(event.submitter ?? event.target.lastElementChild, async () => {
    const report = await ask(`/admin/audience?${query}`);
    $("answer").replaceChildren(element("b", "", count(report), report.streams === 1 ? " stream: " : " streams: "), ...hearing(report));
  });
});
