// npm run docs [-- FOLDER [REPOSITORY]]: this repository's documentation as a static site, in `dist/docs`
// when no other folder is named. It needs no server. REPOSITORY is where the files can be read that
// are no pages (https://github.com/OWNER/NAME/blob/main); without it they are linked to on this disk.
import { writeSite } from "./docs/site.mjs";

const [folder = "dist/docs", repository] = process.argv.slice(2);
const { pages, problems } = await writeSite(folder, repository);
console.log(`${pages.length} pages: ${folder}/index.html`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
