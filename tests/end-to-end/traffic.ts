import { setTimeout as sleep } from "node:timers/promises";

/** Requests of people, as they were answered. */
export interface Traffic {
  /** how many there were until now, and the moments at which one failed */
  readonly sent: number;
  readonly failed: readonly Date[];
  /** failed ones since it was asked for last */
  news(): number;
  stop(): Promise<void>;
}

/** People who look at the menu again and again, and sometimes order. */
export function startTraffic(url: string, people = 4): Traffic {
  const failed: Date[] = [];
  let [sent, running, told] = [0, true, 0];
  const ask = async (order: boolean) => {
    const answer = order
      ? fetch(`${url}/orders`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ customer: "people", items: [{ dish: "ramen", quantity: 1 }] }),
        })
      : fetch(`${url}/menu`);
    const { ok } = await answer.then(
      async (given) => ({ ok: given.ok, body: await given.arrayBuffer() }),
      () => ({ ok: false }),
    );
    sent++;
    if (!ok) failed.push(new Date());
  };
  const person = async () => {
    for (let count = 1; running; count++) {
      await ask(count % 100 === 0);
      await sleep(20);
    }
  };
  const all = Promise.all(Array.from({ length: people }, person));
  return {
    get sent() {
      return sent;
    },
    failed,
    news() {
      const fresh = failed.length - told;
      told = failed.length;
      return fresh;
    },
    async stop() {
      running = false;
      await all;
    },
  };
}
