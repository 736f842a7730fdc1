// Words and numbers in the language that is chosen.
import { data, labels } from "./data";
import { dictionaries, type Key, type Language } from "./strings";

function preferred(): Language {
  const wanted = [...(navigator.languages ?? [navigator.language])];
  for (const tag of wanted) {
    if (tag.toLowerCase().startsWith("fr")) return "fr";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

let language: Language = preferred();

export function currentLanguage(): Language {
  return language;
}

export function setLanguage(next: Language): void {
  language = next;
}

/** The text with its values; of `one|many`, the first where `n` (else `k`) is one: in French also where it is none. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const forms = dictionaries[language][key].split("|");
  const amount = String(values.n ?? values.k ?? 2);
  const is_one = amount === "1" || (language === "fr" && amount === "0");
  return (is_one ? forms[0] : forms[forms.length - 1]).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

export function stage(name: string): string {
  return dictionaries[language].stages[name] ?? name;
}

export function whole(n: number): string {
  return n.toLocaleString(language);
}

/** Four digits that matter, or none after the point where they are many. */
export function number(v: number): string {
  if (!Number.isFinite(v)) return "–";
  const size = Math.abs(v);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return v.toLocaleString(language, { notation: "scientific", maximumSignificantDigits: 3 });
  return v.toLocaleString(language, { maximumSignificantDigits: size >= 1000 ? 6 : 4 });
}

export function percent(share: number): string {
  const size = Math.abs(share) * 100;
  const digits = size >= 99.95 || size === 0 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 4;
  return share.toLocaleString(language, { style: "percent", maximumFractionDigits: digits });
}

export function seconds(s: number): string {
  if (s < 120) return s.toLocaleString(language, { maximumFractionDigits: s < 10 ? 2 : 1 }) + " s";
  const minutes = Math.floor(Math.round(s) / 60);
  if (minutes < 120) return `${minutes} min ${Math.round(s) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function labelName(label: number): string {
  if (data.has_other_labels && label === labels.length - 1) return t("other_labels");
  return labels[label].name || t("no_label");
}
