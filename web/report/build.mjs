// Bundles src/ into one page: node build.mjs [OUTPUT], by default ../../src/report/page/page.html.
// The page has two marks, where the program puts a run's data and its thumbnails.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
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
    metafile: true,
  });
  const [output] = Object.values(result.metafile.outputs);
  const used = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { text: result.outputFiles[0].text.trim(), inputs: used.map(([path]) => path) };
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const script = await bundle("src/main.ts");
const style = await bundle("src/style.css");
for (const [name, { text }] of [["script", script], ["style", style]]) {
  if (text.includes(`</${name}`) || text.includes("<!--")) throw new Error(`the ${name} would end its element early`);
}
// Only this script and this style may act, and nothing may be fetched.
const policy = [
  "default-src 'none'",
  `script-src ${hash(script.text)}`,
  `style-src ${hash(style.text)}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

// Names, owners and terms of what is bundled, as their licences ask.
function notice(inputs) {
  const names = new Set(inputs.map((path) => path.match(/node_modules\/([^/]+)/)?.[1]).filter(Boolean));
  const terms = new Map();
  const lines = [...names].sort().map((name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => entry.startsWith("LICENSE"));
    const text = readFileSync(join(folder, file), "utf8");
    const owners = [...text.matchAll(/^Copyright.*/gm)].map(([line]) => line.trim()).join("; ");
    terms.set(license, text.slice(text.search(/Permission|Redistribution/)).trim());
    return `${name} ${version} (${license}): ${owners}`;
  });
  for (const [license, text] of [...terms].sort()) lines.push("", `${license}: ${text}`);
  return lines.join("\n").replace(/--+/g, "-");
}

const page = readFileSync(join(here, "page.html"), "utf8")
  .replace("{{notice}}", () => notice(script.inputs))
  .replace("{{policy}}", () => policy)
  .replace("{{style}}", () => style.text)
  .replace("{{script}}", () => script.text);
writeFileSync(output, page);
