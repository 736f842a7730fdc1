// Bundles src/ into one page: node build.mjs [OUTPUT], by default ../../src/report/page/page.html.
// The page has two marks, where the program puts a run's data and its thumbnails.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2] ?? join(here, "../../src/report/page/page.html");

async function bundle(entry) {
  const result = await build({
    entryPoints: [join(here, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  return result.outputFiles[0].text.trim();
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const script = await bundle("src/main.ts");
const style = await bundle("src/style.css");
for (const [name, text] of [["script", script], ["style", style]]) {
  if (text.includes(`</${name}`) || text.includes("<!--")) throw new Error(`the ${name} would end its element early`);
}
// Only this script and this style may act, and nothing may be fetched.
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const licences = ["d3-zoom", "d3-scale", "d3-color", "d3-selection", "d3-polygon", "kdbush"].map(
  (name) => `${name} ${JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"))).version} (ISC)`,
);
const notice = `Contains twgl.js ${JSON.parse(readFileSync(join(here, "node_modules/twgl.js/package.json"))).version} (MIT), ${licences.join(", ")}`;

const page = readFileSync(join(here, "page.html"), "utf8")
  .replace("{{notice}}", () => notice)
  .replace("{{policy}}", () => policy)
  .replace("{{style}}", () => style)
  .replace("{{script}}", () => script);
writeFileSync(output, page);
