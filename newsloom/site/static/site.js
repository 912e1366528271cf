// Times in the reader's zone, and pictures that did not come make room. Everything else works without this file.
(() => {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const now = new Date();
  const day = (d, extra) => d.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...extra });
  const clock = (d) => d.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  for (const el of document.querySelectorAll("time:not([data-day])")) {
    const at = new Date(el.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
    const today = at.toDateString() === now.toDateString();
    el.textContent = today ? clock(at) : `${day(at, year)}, ${clock(at)}`;
  }
  const label = document.getElementById("zone");
  if (label && zone) label.textContent = zone === "UTC" ? "UTC" : `your zone (${zone.replaceAll("_", " ")})`;
  const again = Number(document.body.dataset.again);
  if (again) setTimeout(() => location.reload(), again * 1000);
  const hide = (img) => img.closest("figure")?.setAttribute("hidden", "");
  for (const img of document.querySelectorAll("figure img")) {
    img.addEventListener("error", () => hide(img));
    if (img.complete && img.naturalWidth === 0 && img.loading !== "lazy") hide(img);
  }
})();
