import { parseArgs } from "node:util";
import { scenes } from "./scenes.ts";

export const help = `lien-thong drill — what users see while sources fail, scene by scene, on this machine

  --seconds S     length of a scene, 5 by default; calm before and recovery after come on top
  --scenes LIST   of ${scenes.map(({ name }) => name).join(", ")}: all by default
  --citizens N    synthetic citizens of the small country, 4000 by default
  --rate R        Dossiers asked for a second, 20 by default, whether the ones before are answered or not
  --json          prints JSON alone
  --help

The country is real and kept in memory; the gateway is \`lien-thong gateway\` in a process of its own, by the
owners' terms. Every value in every answer is held against the registers. Exit code: 0 every bound was
kept, 1 one was broken, 2 used wrongly.`;

/**
 * Reads the command line.
 *
 * @throws {Error} with a sentence that names the flag, what it must be and what came
 */
export function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string", default: "5" },
      scenes: { type: "string" },
      citizens: { type: "string", default: "4000" },
      rate: { type: "string", default: "20" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return {
    json: values.json,
    help: values.help,
    seconds: readCount("--seconds", values.seconds, 60),
    citizens: readCount("--citizens", values.citizens, 1_000_000),
    rate: readCount("--rate", values.rate, 1_000),
    scenes: values.scenes === undefined ? scenes : readScenes(values.scenes),
  };
}

function readScenes(text: string) {
  return text.split(",").map((name) => {
    const scene = scenes.find((known) => known.name === name);
    if (scene) return scene;
    const known = scenes.map((one) => one.name).join(", ");
    throw new Error(`--scenes must be out of ${known}, not ${JSON.stringify(name)}.`);
  });
}

function readCount(flag: string, text: string, to: number): number {
  if (/^[1-9][0-9]{0,8}$/.test(text) && Number(text) <= to) return Number(text);
  throw new Error(`${flag} must be a whole number from 1 to ${to}, not ${JSON.stringify(text)}.`);
}
