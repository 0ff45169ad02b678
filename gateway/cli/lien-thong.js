#!/usr/bin/env node
// The entry, in JavaScript that Node reads since 14.8: it must get as far as the sentence below. Node before 24
// refuses TypeScript files altogether, so the rest is imported only once the version is known to do.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    "lien-thong needs Node.js 24 or newer; this is " +
      process.versions.node +
      ". `npm ci` in the clone brings Node 24 along: then use `npm start` or `npx lien-thong`.\n",
  );
  process.exitCode = 2;
} else {
  const { runCommandLine } = await import("./lien-thong.ts");
  process.exitCode = await runCommandLine(process.argv.slice(2));
}
