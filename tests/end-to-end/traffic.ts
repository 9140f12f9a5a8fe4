import { setTimeout as sleep } from "node:timers/promises";

/** Requests of people, as they were answered. */
export interface Traffic {
  /** how many there were until now */
  readonly sent: number;
  /** those that failed: when, and how */
  readonly failed: readonly string[];
  /** failed ones since it was asked for last */
  news(): readonly string[];
  stop(): Promise<void>;
}

/**
 * People who look at the menu again and again, and sometimes order.
 *
 * @param pause milliseconds between an answer and that person's next request
 */
export function startTraffic(url: string, people = 4, pause = 40): Traffic {
  const failed: string[] = [];
  let [sent, running, told] = [0, true, 0];
  const ask = async (order: boolean) => {
    const asked = new Date().toISOString();
    const answer = order
      ? fetch(`${url}/orders`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ customer: "people", items: [{ dish: "ramen", quantity: 1 }] }),
        })
      : fetch(`${url}/menu`);
    const problem = await answer.then(
      async (given) => {
        const body = await given.text();
        return given.ok ? "" : `${given.status} ${body.slice(0, 200)}`;
      },
      (error: Error) => `${error.cause ?? error}`,
    );
    sent++;
    if (problem)
      failed.push(
        `${asked} to ${new Date().toISOString()} ${order ? "order" : "menu"}: ${problem}`,
      );
  };
  const person = async () => {
    for (let count = 1; running; count++) {
      await ask(count % 100 === 0);
      await sleep(pause);
    }
  };
  const all = Promise.all(Array.from({ length: people }, person));
  return {
    get sent() {
      return sent;
    },
    failed,
    news() {
      const fresh = failed.slice(told);
      told = failed.length;
      return fresh;
    },
    async stop() {
      running = false;
      await all;
    },
  };
}
