/**
 * Waiting with a deadline: the tests never sleep for a fixed time, they look until something is so.
 */

import { setTimeout as pause } from "node:timers/promises";

/** Seconds until something that should happen counts as not happening: the machines of CI are slow and busy. */
export const PATIENCE = 60;

const LOOK = 100;

/** Look until `look` gives something, and give that; `what` is named when the deadline is over. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | null | false>,
  patience = PATIENCE,
): Promise<T> {
  const end = Date.now() + patience * 1000;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const found = await look();
      if (found) {
        return found;
      }
      last = undefined;
    } catch (error) {
      last = error; // what is looked at may vanish in this moment
    }
    await pause(LOOK);
  }
  throw new Error(`After ${patience} s not yet: ${what}`, { cause: last });
}
