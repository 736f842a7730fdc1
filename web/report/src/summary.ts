// What ran, in figures, and what was rejected.
import { count, data, thumbnailCount } from "./data";
import { h, replace } from "./dom";
import { on } from "./state";
import { number, percent, seconds, stage, t, whole } from "./text";

const run = data.run;
const counts: Record<string, number> = run.counts ?? {};
const labelCount: number = Math.max(counts.labels ?? 0, data.classes.length);

function tile(value: string, text: string, warns = false): HTMLElement {
  return h("div", { class: warns ? "tile warns" : "tile" }, h("strong", {}, value), h("span", {}, text));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function row(name: string, value: string | null | undefined): HTMLElement | null {
  return value ? h("div", {}, h("dt", {}, name), h("dd", {}, h("bdi", {}, value))) : null;
}

function notes(): HTMLElement[] {
  const lines: string[] = [];
  const pictures = thumbnailCount();
  if (data.points < data.rows) lines.push(t("sampled", { rows: whole(data.rows), points: whole(data.points) }));
  if (pictures === 0) lines.push(t("no_thumbnails"));
  else if (pictures !== null && pictures < count) lines.push(t("few_thumbnails", { n: whole(pictures), points: whole(count) }));
  if (data.has_other_labels) lines.push(t("many_labels", { n: whole(labelCount), shown: whole(data.classes.length - 1) }));
  if (data.components_shown < data.components) lines.push(t("few_components", { k: whole(data.components), shown: whole(data.components_shown) }));
  if (run.too_many_rejected) lines.push(t("too_many"));
  return lines.map((line) => h("p", { class: "note-line" }, line));
}

function details(): HTMLElement {
  const options: Record<string, unknown> = run.options ?? {};
  const model = run.model ? [run.model.name, run.model.version, run.model.licence].filter(Boolean).join(", ") : null;
  const machine = run.machine ? `${run.machine.cpu}, ${run.machine.isa}, ${run.machine.cpus} CPU` : null;
  const times = Object.entries((run.seconds ?? {}) as Record<string, number>)
    .map(([name, s]) => `${stage(name)} ${seconds(s)}`).join(" · ");
  const fields: Record<string, string> = run.fingerprint?.fields ?? {};
  const used = Object.entries(options).filter(([name]) => name !== "inputs" && name !== "output")
    .map(([name, value]) => `${name} = ${text(value)}`).join(", ");
  return h("details", {}, h("summary", {}, t("details")), h("dl", { class: "details" },
    row(t("command"), run.command ? `fruits ${run.command}` : null),
    row(t("model"), model),
    row(t("precision"), fields.precision),
    row(t("inputs"), ((options.inputs ?? []) as string[]).join(", ")),
    row(t("output"), options.output ? String(options.output) : null),
    row(t("times"), times),
    row(t("machine"), machine),
    row(t("versions"), [run.fruits_version && `fruits ${run.fruits_version}`, run.openvino_version && `OpenVINO ${run.openvino_version}`].filter(Boolean).join(", ")),
    row(t("options"), used)));
}

export function makeSummary(): HTMLElement {
  const root = h("section", { id: "run", class: "wide" });
  const draw = () => replace(root, h("h2", {}, t("run_heading")), h("div", { class: "tiles" },
    tile(whole(counts.photos ?? data.rows), t("photos", { n: counts.photos ?? data.rows })),
    tile(whole(labelCount), t("labels", { n: labelCount })),
    tile(whole(counts.rejected ?? 0), t("rejected", { n: counts.rejected ?? 0 }), (counts.rejected ?? 0) > 0),
    run.model?.name && tile(run.model.name, run.fingerprint?.fields?.precision ? `${t("model")}, ${run.fingerprint.fields.precision}` : t("model")),
    run.seconds?.total !== undefined && tile(seconds(run.seconds.total), t("total_time")),
    run.images_per_second > 0 && tile(number(Math.round(run.images_per_second * 10) / 10), t("images_per_second")),
    tile(percent(data.variance.kept_share), `${t("of_variance")}, K = ${whole(data.components)}`)),
    counts.kept > 0 && h("p", { class: "hint" }, t("kept_before", { n: whole(counts.kept) })),
    ...notes(), details());
  on(["language", "thumbnails"], draw);
  draw();
  return root;
}

function table(heads: string[], rows: string[][]): HTMLElement {
  return h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": t("rejected_heading") }, h("table", {},
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells.map((cell) => h("td", {}, h("bdi", {}, cell))))))));
}

export function makeRejected(): HTMLElement {
  const root = h("section", { id: "rejected", class: "wide" });
  const draw = () => {
    const rejected = counts.rejected ?? 0;
    const listed = data.rejected.filter((row) => row.stage !== "list");
    const unlisted = data.rejected.filter((row) => row.stage === "list");
    replace(root, h("h2", {}, t("rejected_heading")),
      rejected === 0 ? h("p", { class: "hint" }, t("rejected_none")) : null,
      rejected > 0 && !data.rejected.length ? h("p", {}, t("rejected_elsewhere", { n: whole(rejected) })) : null,
      rejected > 0 && !listed.length && unlisted.length ? h("p", {}, t("rejected_some", { n: whole(rejected), shown: whole(0) })) : null,
      rejected > listed.length && listed.length > 0 ? h("p", {}, t("rejected_some", { n: whole(rejected), shown: whole(listed.length) })) : null,
      listed.length ? table([t("path"), t("stage"), t("reason")], listed.map((row) => [row.path, stage(row.stage), row.reason])) : null,
      unlisted.length ? h("h3", {}, t("problems")) : null,
      unlisted.length ? table([t("path"), t("reason")], unlisted.map((row) => [row.path, row.reason])) : null);
  };
  on(["language"], draw);
  draw();
  return root;
}
