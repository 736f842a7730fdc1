// Puts the page together.
import { setGround } from "./colors";
import { readThumbnails } from "./data";
import { h, replace } from "./dom";
import { makeComponents, makeFindings } from "./findings";
import { makeLabels } from "./labels";
import { makeLegend } from "./legend";
import { PhotoMap } from "./map";
import { makePins, makeSelection } from "./panels";
import { makeVariance } from "./scree";
import { on, tell } from "./state";
import type { Key, Language } from "./strings";
import { makeRejected, makeSummary } from "./summary";
import { currentLanguage, setLanguage, t } from "./text";

type Theme = "auto" | "light" | "dark";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
let theme: Theme = "auto";

function applyTheme(): void {
  const is_dark = theme === "dark" || (theme === "auto" && dark.matches);
  document.documentElement.dataset.theme = is_dark ? "dark" : "light";
  setGround(is_dark);
  tell("theme");
}

function makeHeader(): HTMLElement {
  const header = h("header", {});
  const links: [string, Key][] = [["run", "nav_run"], ["map", "nav_map"], ["variance", "nav_variance"], ["labels", "nav_labels"],
    ["look", "nav_look"], ["components", "nav_components"], ["rejected", "nav_rejected"]];
  const draw = () => {
    document.documentElement.lang = currentLanguage();
    document.title = t("title");
    const languages = h("div", { class: "group", role: "group", "aria-label": t("language") });
    for (const [code, name] of [["en", "English"], ["fr", "Français"]] as [Language, string][]) {
      languages.append(h("button", {
        type: "button", lang: code, "data-language": code, "aria-label": name, title: name, "aria-pressed": String(currentLanguage() === code), onclick: () => {
          setLanguage(code);
          tell("language");
          header.querySelector<HTMLElement>(`[data-language=${code}]`)?.focus();
        },
      }, code.toUpperCase()));
    }
    const themes = h("select", {
      id: "theme", onchange: (event: Event) => {
        theme = (event.target as HTMLSelectElement).value as Theme;
        applyTheme();
      },
    }, ...(["auto", "light", "dark"] as Theme[]).map((name) => h("option", { value: name, selected: name === theme }, t(`theme_${name}`))));
    replace(header, h("h1", {}, t("title")),
      h("nav", { "aria-label": t("sections") }, ...links.map(([id, key]) => h("a", { href: `#${id}` }, t(key)))),
      h("div", { class: "choices" }, languages, h("label", {}, h("span", {}, t("theme")), " ", themes)));
  };
  on(["language"], draw);
  draw();
  return header;
}

function makeMap(): HTMLElement {
  const map = new PhotoMap();
  const heading = h("h2", {}, t("map_heading"));
  on(["language"], () => {
    heading.textContent = t("map_heading");
  });
  return h("section", { id: "map", class: "wide" }, heading, map.toolbar,
    h("div", { class: "map-and-legend" }, map.element, makeLegend()), map.helpLine(),
    h("div", { id: "under-map", class: "under-map", tabindex: "-1" }, makePins(), makeSelection()));
}

function start(): void {
  applyTheme();
  dark.addEventListener("change", () => theme === "auto" && applyTheme());
  const app = document.getElementById("app")!;
  app.append(makeHeader(), h("main", {}, makeSummary(), makeMap(), makeVariance(), makeLabels(), makeFindings(), makeComponents(), makeRejected()));
}

start();
// The pictures stand behind this script, so that the map does not wait for them.
document.addEventListener("DOMContentLoaded", () => {
  readThumbnails();
  tell("thumbnails");
  document.documentElement.dataset.ready = "true";
});
