// What a program in TypeScript does with prehab: it writes a runner, and reads the answer. Compiled with --strict.
import type { Recommendation } from "./recommendation";
import type { Runner } from "./runner";
import type { Finding, Verdict } from "./verdict";

export const me: Runner = {
  age_years: 34,
  complaints: [{ injury: "achilles_tendinopathy_midportion", side: "left", pain: { during: 7, next_morning: 6 } }],
  strength: { equipment: ["dumbbell"], days: ["tue", "fri"] },
};

export function week(answer: Recommendation): string[] {
  const { exercises = {}, doses = {}, reasons = {} } = answer.by_id;
  const lines: string[] = [`${answer.status}: ${answer.headline}`];
  for (const session of answer.sessions ?? []) {
    lines.push(`${session.day ?? "any day"}, ${session.minutes} min`);
    for (const id of (session.blocks ?? []).flatMap((block) => block.exercises ?? [])) {
      const given = exercises[id];
      const dose = given && doses[given.dose];
      if (!given || !dose) throw new Error(`by_id lacks ${id}`);
      const { sets, reps, hold_s, contacts } = dose.start;
      const why = given.because ?? reasons[given.reasons?.[0] ?? ""]?.because ?? "";
      lines.push(`  ${given.name}, ${sets} x ${reps ?? hold_s ?? contacts}, rest ${dose.rest_s[0]} s: ${why}`);
    }
  }
  for (const group of answer.withheld ?? []) lines.push(`not ${group.exercises.length}: ${group.because}`);
  return lines;
}

export function unsafe(verdict: Verdict): Finding[] {
  return (verdict.findings ?? []).filter((finding) => finding.severity === "breach");
}

// what prehab would refuse does not compile
// @ts-expect-error: no such injury
export const misspelt: Runner = { complaints: [{ injury: "achiles" }] };
// @ts-expect-error: no such field
export const invented: Runner = { weekly_km: 40 };
// @ts-expect-error: a number is wanted
export const worded: Runner = { age_years: "34" };
// @ts-expect-error: an answer has one of four statuses
export const careless = (answer: Recommendation): boolean => answer.status === "ok";
